using System.ComponentModel;
using System.Diagnostics;
using System.Net;

namespace Pipeline.Testing;

/// <summary>
/// Machines of a network of their own on this one: network namespaces joined by a bridge, each with its own address and nothing else. The bridge is
/// this machine's door to them. Skips the test where the system does not let us make them.
/// </summary>
public sealed class NetworkNamespaces : IDisposable
{
    private readonly string _prefix = $"pl{Environment.ProcessId % 100_000}";
    private readonly string _subnet = $"10.77.{Environment.ProcessId % 250}";
    private readonly List<string> _names = [];

    /// <summary>Makes the bridge.</summary>
    public NetworkNamespaces()
    {
        string? refusal = Try("link", "add", Bridge, "type", "bridge");
        TestTools.SkipIf(refusal is null ? null : $"network namespaces cannot be made here: {refusal}");
        Run("addr", "add", $"{_subnet}.1/24", "dev", Bridge);
        Run("link", "set", Bridge, "up");
    }

    /// <summary>This machine's address towards the others.</summary>
    public IPAddress Here => Address(1);

    private string Bridge => _prefix + "b";

    /// <summary>The address of a machine.</summary>
    public IPAddress Address(int machine) => IPAddress.Parse($"{_subnet}.{machine}");

    /// <summary>Makes a machine; gives the words before a command that runs it there.</summary>
    public string[] Add(int machine)
    {
        string name = $"{_prefix}n{machine}", outside = $"{_prefix}v{machine}", inside = $"{_prefix}w{machine}";
        Run("netns", "add", name);
        _names.Add(name);
        Run("link", "add", outside, "type", "veth", "peer", "name", inside);
        Run("link", "set", inside, "netns", name);
        Run("link", "set", outside, "master", Bridge);
        Run("link", "set", outside, "up");
        Run("-n", name, "addr", "add", $"{Address(machine)}/24", "dev", inside);
        Run("-n", name, "link", "set", inside, "up");
        Run("-n", name, "link", "set", "lo", "up");
        return ["ip", "netns", "exec", name];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (string name in _names)
        {
            Try("netns", "del", name);
        }

        Try("link", "del", Bridge);
    }

    private static void Run(params string[] arguments)
    {
        if (Try(arguments) is { } refusal)
        {
            throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {refusal}");
        }
    }

    /// <summary>Null where it was done, else what was said.</summary>
    private static string? Try(params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            string errors = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : errors;
        }
        catch (Win32Exception e)
        {
            return e.Message;
        }
    }
}
