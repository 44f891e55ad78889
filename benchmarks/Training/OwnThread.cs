using Pipeline.Workers.Torch;

namespace Pipeline.Bench.Training;

/// <summary>Runs as trials run: on a thread of its own, since libtorch keeps the number of threads for each thread.</summary>
internal static class OwnThread
{
    /// <summary>Runs to the end.</summary>
    public static void Run(int threads, Action body)
    {
        Exception? failed = null;
        var thread = new Thread(() =>
        {
            try
            {
                torch.set_num_threads(threads);
                body();
            }
            catch (Exception e)
            {
                failed = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failed is not null)
        {
            throw new InvalidOperationException($"The measurement failed: {failed.Message}", failed);
        }
    }
}
