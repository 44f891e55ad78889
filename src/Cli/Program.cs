using System.CommandLine;
using System.Runtime.InteropServices;
using Pipeline.Cli;

// Exit codes: 0 done, 1 failed, 2 bad usage or bad input, 130 interrupted.
ParseResult command = CommandTree.Create().Parse(args);
if (command.Errors.Count > 0)
{
    return Failures.OfUsage(command);
}

using CancellationTokenSource interrupted = new();
using PosixSignalRegistration onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using PosixSignalRegistration onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
try
{
    InvocationConfiguration invocation = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
    return await command.InvokeAsync(invocation, interrupted.Token);
}
catch (Exception e)
{
    return Failures.Report(e, command.GetValue(CommandTree.Debug), interrupted.IsCancellationRequested);
}

void Interrupt(PosixSignalContext signal)
{
    // The first signal asks the work to stop where it can go on later; a second one ends the process at once.
    signal.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}
