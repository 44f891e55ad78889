using System.Threading.Channels;

namespace Pipeline.Orchestrator.Dashboard;

/// <summary>
/// The pages that someone looks at. Each is drawn once a second at most, however many look at it, and what changed is sent to all of them; a page that
/// nobody looks at any more is not drawn.
/// </summary>
/// <param name="draw">Draws the parts of a page by its address.</param>
/// <param name="time">The clock.</param>
/// <param name="stopping">The end of the orchestrator.</param>
internal sealed class LivePages(Func<string, CancellationToken, Task<IReadOnlyList<DrawnFragment>>> draw, TimeProvider time, CancellationToken stopping)
{
    /// <summary>An epoch of a small model takes about this long.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>Different pages looked at at once: each costs a drawing a second. More people than a team has tabs open is a fault or an attack.</summary>
    private const int MaxPages = 100;

    /// <summary>Listeners of all pages: each holds a connection.</summary>
    private const int MaxListeners = 1000;

    /// <summary>Parts that a slow listener may be behind; then it is let go, comes again and gets the page as it stands.</summary>
    private const int MaxBehind = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LivePage> _pages = new(StringComparer.Ordinal);
    private int _listeners;

    /// <summary>Sends what changes of a page for as long as someone listens, beginning with all of it.</summary>
    /// <param name="address">Path and query of the page.</param>
    /// <param name="cancellationToken">The listener is gone.</param>
    /// <returns>The parts; null where too much is looked at already.</returns>
    public IAsyncEnumerable<DrawnFragment>? Listen(string address, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_listeners >= MaxListeners || (!_pages.ContainsKey(address) && _pages.Count >= MaxPages))
            {
                return null;
            }

            _listeners++;
            bool isNew = !_pages.TryGetValue(address, out LivePage? page);
            page ??= new LivePage();

            Channel<DrawnFragment> channel = Channel.CreateBounded<DrawnFragment>(MaxBehind);
            foreach (DrawnFragment fragment in page.Drawn)
            {
                channel.Writer.TryWrite(fragment);
            }

            page.Listeners.Add(channel);
            if (isNew)
            {
                // With its first listener, for a page that nobody listens to is not drawn; and not under this lock.
                _pages.Add(address, page);
                _ = Task.Run(() => DrawAsync(address, page), CancellationToken.None);
            }

            return ReadAsync(page, channel, cancellationToken);
        }
    }

    private async IAsyncEnumerable<DrawnFragment> ReadAsync(
        LivePage page, Channel<DrawnFragment> channel, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (DrawnFragment fragment in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return fragment;
            }
        }
        finally
        {
            lock (_lock)
            {
                page.Listeners.Remove(channel);
                _listeners--;
            }
        }
    }

    private async Task DrawAsync(string address, LivePage page)
    {
        try
        {
            while (await TryDrawAsync(address, page))
            {
                await Task.Delay(Tick, time, stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // The orchestrator ends; the listeners are let go below.
        }
        finally
        {
            lock (_lock)
            {
                if (_pages.GetValueOrDefault(address) == page)
                {
                    _pages.Remove(address);
                }

                page.Listeners.ForEach(static l => l.Writer.TryComplete());
            }
        }
    }

    /// <summary>Draws a page and sends what differs; false when nobody listens, or it cannot be drawn: who still wants it comes again.</summary>
    private async Task<bool> TryDrawAsync(string address, LivePage page)
    {
        IReadOnlyList<DrawnFragment> drawn;
        try
        {
            drawn = await draw(address, stopping);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return false;
        }

        lock (_lock)
        {
            DrawnFragment[] changed = [.. drawn.Except(page.Drawn)];
            page.Drawn = drawn;
            foreach (Channel<DrawnFragment> listener in page.Listeners.Where(l => !changed.All(l.Writer.TryWrite)))
            {
                listener.Writer.TryComplete();
            }

            if (page.Listeners.Count > 0)
            {
                return true;
            }

            // Removed under the lock, so that nobody joins a page that is not drawn any more.
            _pages.Remove(address);
            return false;
        }
    }

    private sealed class LivePage
    {
        public IReadOnlyList<DrawnFragment> Drawn { get; set; } = [];

        public List<Channel<DrawnFragment>> Listeners { get; } = [];
    }
}
