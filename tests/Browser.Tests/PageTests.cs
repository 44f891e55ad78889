using Microsoft.Playwright;

namespace Pipeline.Browser.Tests;

/// <summary>The page of a real orchestrator with real sweeps, as a person sees and uses it.</summary>
public sealed class PageTests(Site site) : IClassFixture<Site>
{
    /// <summary>No model learns at this rate: the loss is not a number within a few steps.</summary>
    private const string Divergent = "100";

    private static readonly string Screenshots = Path.Combine(TestTools.Root, ".artifacts/screenshots");

    [Fact]
    public async Task Curves_move_without_a_reload_a_failed_trial_is_retried_and_the_sweep_is_paused_resumed_and_cancelled()
    {
        string sweep = site.Submit("live", $"{Divergent}, 0.05", epochs: 10_000);
        IPage page = await site.OpenAsync();
        await page.GotoAsync($"/sweeps/{sweep}");
        await page.EvaluateAsync("window.loadedOnce = true");

        // Twice, each time further than before: what was drawn with the page, and what came after.
        ILocator path = page.Locator("#f-curves .curve path").First;
        string before = "";
        for (int i = 0; i < 2; i++)
        {
            await path.WaitForAsync(new() { State = WaitForSelectorState.Attached });
            await Assertions.Expect(path).Not.ToHaveAttributeAsync("d", before, new() { Timeout = 60_000 });
            before = await path.GetAttributeAsync("d") ?? "";
        }

        Assert.True(await page.EvaluateAsync<bool>("window.loadedOnce === true"));

        ILocator retry = page.GetByRole(AriaRole.Button, new() { Name = "Run trial 0 again" });
        await retry.WaitForAsync();
        int claims = await site.ClaimsAsync(sweep, 0);
        await retry.ClickAsync();
        await page.WaitForURLAsync($"**/sweeps/{sweep}");
        while (await site.ClaimsAsync(sweep, 0) <= claims)
        {
            await page.WaitForTimeoutAsync(100);
        }

        ILocator state = page.Locator("#f-head .state");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause this sweep" }).ClickAsync();
        await Assertions.Expect(state).ToContainTextAsync("paused");
        await page.GetByRole(AriaRole.Button, new() { Name = "Resume this sweep" }).ClickAsync();
        await Assertions.Expect(state).ToContainTextAsync("running");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel this sweep" }).ClickAsync();
        await Assertions.Expect(state).ToContainTextAsync("cancelled");
        Assert.Contains("\"state\":\"cancelled\"", await site.Http.GetStringAsync(new Uri($"/api/v1/sweeps/{sweep}", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_is_promoted_and_rolled_back_and_every_page_fits_two_widths()
    {
        TestTools.Need("arm-none-eabi-gcc", "qemu-system-arm");
        string sweep = site.Submit("promoted", "0.02, 0.05, 0.1", epochs: 3, "deploy: { targets: [cortex-m4] }");
        IPage page = await site.OpenAsync();
        await page.GotoAsync($"/sweeps/{sweep}");
        await Assertions.Expect(page.Locator("#f-head .state")).ToContainTextAsync("succeeded", new() { Timeout = 180_000 });
        await page.GotoAsync("/models/promoted");
        await page.FillAsync("#promote-reason", "heard well");
        await page.SelectOptionAsync("#promote-fleet", "lab");
        await page.ClickAsync("#promote");
        ILocator history = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "champion" });
        await Assertions.Expect(history.Filter(new() { HasText = "promoted" }).Filter(new() { HasText = "heard well" })).ToHaveCountAsync(1);
        await page.ClickAsync("#rollback-champion");
        await Assertions.Expect(history.Filter(new() { HasText = "rolled back" })).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#rollback-champion")).ToHaveCountAsync(0);
        await page.SelectOptionAsync("#promote-fleet", "lab");
        await page.ClickAsync("#promote");
        await Assertions.Expect(page.Locator("#rollback-champion")).ToHaveCountAsync(1);
        await page.GotoAsync("/fleets");
        await Assertions.Expect(page.GetByRole(AriaRole.Main)).ToContainTextAsync("cortex-m4");
        await LookAtAllAsync(sweep);
    }

    [Fact]
    public async Task A_recurring_sweep_is_submitted_now_and_its_entry_leads_to_it()
    {
        IPage page = await site.OpenAsync();
        await page.GotoAsync("/jobs");
        await page.GetByRole(AriaRole.Button, new() { Name = "Submit the sweep of yearly now" }).ClickAsync();
        await page.WaitForURLAsync("**/jobs");
        await page.Locator("#f-recurring").GetByRole(AriaRole.Link, new() { Name = "tones-" }).ClickAsync();
        await Assertions.Expect(page.Locator("#f-head .state")).ToContainTextAsync("succeeded", new() { Timeout = 180_000 });
    }

    [Fact]
    public async Task Buttons_work_without_script_and_what_is_wrong_is_said_on_the_page()
    {
        string sweep = site.Submit("plain", "0.05", epochs: 10_000);
        IPage page = await site.OpenAsync(script: false);
        await page.GotoAsync($"/sweeps/{sweep}");
        for (int i = 0; i < 300 && await page.GetByRole(AriaRole.Button, new() { Name = "Pause this sweep" }).CountAsync() == 0; i++)
        {
            await page.WaitForTimeoutAsync(200);
            await page.ReloadAsync();
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel this sweep" }).ClickAsync();
        await Assertions.Expect(page.Locator("#f-head .state")).ToContainTextAsync("cancelled");
        IResponse? none = await page.GotoAsync("/sweeps/none");
        Assert.Equal(404, none!.Status);
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("No sweep is named 'none'");
    }

    /// <summary>Every page at 1400 and 400 pixels: nothing wider than the window, no script or style refused, one heading; kept as pictures.</summary>
    private async Task LookAtAllAsync(string sweep)
    {
        Directory.CreateDirectory(Screenshots);
        (string Name, string Path)[] pages =
        [
            ("overview", "/"), ("jobs", "/jobs"), ("failed", "/jobs?state=failed"), ("sweeps", "/sweeps"), ("sweep", $"/sweeps/{sweep}"), ("trial", $"/sweeps/{sweep}/trials/0"),
            ("runs", "/runs"), ("models", "/models"), ("model", "/models/promoted"), ("artifacts", "/artifacts"), ("fleets", "/fleets"), ("login", "/login"),
        ];
        foreach (int width in (int[])[1400, 400])
        {
            IPage page = await site.OpenAsync(width);
            List<string> complaints = [];
            page.Console += (_, message) => complaints.AddRange(message.Type == "error" ? [message.Text] : []);
            page.PageError += (_, message) => complaints.Add(message);
            foreach ((string name, string path) in pages)
            {
                IResponse? response = await page.GotoAsync(path);
                Assert.True(response!.Ok, $"{path}: {response.Status}");
                await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Screenshots, $"{name}-{width}.png"), FullPage = true });
                Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width, $"{path} is wider than {width}.");
                Assert.Equal(1, await page.GetByRole(AriaRole.Heading, new() { Level = 1 }).CountAsync());
                Assert.Empty(complaints);
            }
        }
    }
}
