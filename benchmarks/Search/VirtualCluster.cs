using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Bench.Search;

/// <summary>What a sweep cost and brought.</summary>
/// <param name="Seconds">From the first claim to the last end.</param>
/// <param name="Idle">The share of the workers' time in which they had nothing to do.</param>
/// <param name="Epochs">Epochs trained.</param>
/// <param name="Best">The last accuracy of the trial that a sweep would register: the best of those that ran to the end.</param>
/// <param name="Ends">The epoch at which each trial ended.</param>
internal sealed record SweepCost(double Seconds, double Idle, int Epochs, double Best, string Ends);

/// <summary>Runs an invented sweep on workers in virtual time. A free worker takes the runnable trial of the lowest number, as the queue hands them out.</summary>
internal sealed class VirtualCluster
{
    /// <summary>What it costs to go on from a checkpoint: reading it and warming up.</summary>
    private const double ResumeSeconds = 0.1;

    private readonly LearningCurves _curves;
    private readonly EarlyStoppingSpec _spec;
    private readonly StoppingForm _form;
    private readonly RungBoard _board;
    private readonly SortedSet<int> _runnable;
    private readonly SortedSet<int> _resting = [];
    private readonly PriorityQueue<(int Trial, int Epoch), (double Time, int Trial)> _running = new();
    private double _now;
    private double _busy;

    private VirtualCluster(LearningCurves curves, EarlyStoppingSpec spec, StoppingForm form)
    {
        _curves = curves;
        _spec = spec;
        _form = form;
        _board = new(curves);
        _runnable = [.. Enumerable.Range(0, curves.Trials)];
    }

    public static SweepCost Run(LearningCurves curves, EarlyStoppingSpec spec, StoppingForm form, int workers) =>
        new VirtualCluster(curves, spec, form).Run(workers);

    private SweepCost Run(int workers)
    {
        HandOut(workers);
        while (_running.TryDequeue(out (int Trial, int Epoch) segment, out (double Time, int Trial) end))
        {
            _now = end.Time;
            Arrive(segment.Trial, segment.Epoch);
            HandOut(workers);
        }

        IEnumerable<int> whole = Enumerable.Range(0, _curves.Trials).Where(t => _board.Epoch[t] == _curves.Epochs);
        return new(
            _now,
            1 - (_busy / (_now * workers)),
            _board.Epoch.Sum(),
            whole.Max(t => _curves.Accuracy(t, _curves.Epochs)),
            string.Join(' ', _board.Epoch));
    }

    /// <summary>A trial came to a rung or its end: it goes on in the hands of its worker, rests or ends; and those that rested for it are judged again.</summary>
    private void Arrive(int trial, int epoch)
    {
        _board.Epoch[trial] = epoch;
        if (epoch == _curves.Epochs)
        {
            _board.Ended[trial] = true;
        }
        else
        {
            _board.Arrivals(epoch).Add(trial);
            if (_form(trial, epoch, _board) == Verdict.Continue)
            {
                Start(trial, delay: 0);
            }
            else
            {
                _resting.Add(trial);
            }
        }

        foreach (int rested in _resting.ToArray())
        {
            Verdict verdict = _form(rested, _board.Epoch[rested], _board);
            if (verdict != Verdict.Wait)
            {
                _resting.Remove(rested);
                _board.Ended[rested] = verdict == Verdict.Stop;
            }

            if (verdict == Verdict.Continue)
            {
                _runnable.Add(rested);
            }
        }
    }

    private void HandOut(int workers)
    {
        while (_running.Count < workers && _runnable.Count > 0)
        {
            int trial = _runnable.Min;
            _runnable.Remove(trial);
            Start(trial, _board.Epoch[trial] > 0 ? ResumeSeconds : 0);
        }
    }

    /// <summary>A worker trains a trial up to its next rung, or its end.</summary>
    private void Start(int trial, double delay)
    {
        int from = _board.Epoch[trial];
        int to = from + 1;
        while (to < _curves.Epochs && !EarlyStoppingRules.IsRung(_spec, to, _curves.Epochs))
        {
            to++;
        }

        double seconds = delay + _curves.Seconds(trial, from, to);
        _busy += seconds;
        _running.Enqueue((trial, to), (_now + seconds, trial));
    }
}
