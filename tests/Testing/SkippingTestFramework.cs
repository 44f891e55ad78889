using System.Reflection;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Pipeline.Testing;

/// <summary>
/// xunit 2 with one thing added: a test that finds while it runs that it lacks a server or a tool (<see cref="TestTools.SkipIf"/>) is reported as
/// skipped. Named in an assembly's <c>TestFramework</c> attribute.
/// </summary>
public sealed class SkippingTestFramework(IMessageSink messages) : XunitTestFramework(messages)
{
    /// <inheritdoc/>
    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(AssemblyName assembly, ISourceInformationProvider sources, IMessageSink diagnostics)
        : XunitTestFrameworkExecutor(assembly, sources, diagnostics)
    {
        protected override void RunTestCases(IEnumerable<IXunitTestCase> cases, IMessageSink messages, ITestFrameworkExecutionOptions options) =>
            base.RunTestCases(cases, new Sink(messages), options);
    }

    private sealed class Sink(IMessageSink messages) : LongLivedMarshalByRefObject, IMessageSink
    {
        public bool OnMessage(IMessageSinkMessage message) => messages.OnMessage(
            message is ITestFailed failed && failed.Messages.FirstOrDefault(m => m.Contains(TestTools.SkipToken, StringComparison.Ordinal)) is { } text
                ? new TestSkipped(failed.Test, text[(text.IndexOf(TestTools.SkipToken, StringComparison.Ordinal) + TestTools.SkipToken.Length)..])
                : message);
    }
}
