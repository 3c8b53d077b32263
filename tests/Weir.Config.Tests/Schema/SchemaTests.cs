using NJsonSchema;
using Weir.Config.Printing;
using Weir.Config.Schema;

namespace Weir.Config.Tests.Schema;

public sealed class SchemaTests
{
    private static readonly Task<JsonSchema> Schema = JsonSchema.FromJsonAsync(ConfigSchema.Generate(Read.Factories));

    private static async Task<string[]> Problems(string json) => [.. (await Schema).Validate(json).Select(e => $"{e.Path}: {e.Kind}")];

    [Theory]
    [InlineData("""{"version":1,"listeners":{"web":":8080"}}""")]
    [InlineData("""{"version":1,"listeners":{"web":{"address":":8080","limits":{"header":"16KiB","fields":20}}},"workers":"auto"}""")]
    [InlineData("""{"routes":{"r":{"match":{"host":"a","path":["/a","/b"],"headers":{"x":"1","y":{"present":true}}},"forward":"c","timeouts":{"total":"1m30s","idle":0}}}}""")]
    [InlineData("""{"routes":{"r":{"respond":204,"policies":["p",{"sample":"10/min"},{"sample":{"share":0.5},"when":"x","mode":"shadow"},{"sample":null}]}}}""")]
    [InlineData("""{"clusters":{"c":{"balancer":"least-requests","endpoints":["http://a",{"url":"http://b","weight":2}],"retry":1}}}""")]
    [InlineData("""{"clusters":{"c":{"endpoints":["http://a"],"panic-threshold":"12.5%","breaker":{"errors":"50%"},"retry":{"budget":0}}}}""")]
    [InlineData("""{"admin":{"address":":1","token":{"file":"x"}},"workers":"${N:-3}","shutdown-timeout":"${T}"}""")]
    [InlineData("""{"include":["a","b"],"defaults":{"limits":{"body":1048576}}}""")]
    public async Task WhatTheReaderTakesIsValid(string json) => (await Problems(json)).ShouldBeEmpty();

    [Theory]
    [InlineData("""{"versoin":1}""")]
    [InlineData("""{"workers":0}""")]
    [InlineData("""{"shutdown-timeout":"5"}""")]
    [InlineData("""{"shutdown-timeout":"1s1m"}""")]
    [InlineData("""{"clusters":{"c":{"discover":{"dns":{}}}}}""")]
    [InlineData("""{"clusters":{"c":{"endpoints":["a"],"balancer":"best"}}}""")]
    [InlineData("""{"listeners":{"w":{"address":":1","tls":{"client-auth":{}}}}}""")]
    [InlineData("""{"routes":{"r":{"respond":99}}}""")]
    [InlineData("""{"routes":{"r":{"policies":[{"nope":{}}]}}}""")]
    [InlineData("""{"clusters":{"c":{"endpoints":["http://a"],"panic-threshold":50}}}""")]
    [InlineData("""{"telemetry":{"log":"loud"}}""")]
    public async Task WhatTheReaderRefusesIsInvalid(string json) => (await Problems(json)).ShouldNotBeEmpty();

    [Fact]
    public async Task PrintedConfigurationIsValid()
    {
        var load = Read.Valid(Read.Head + "routes: { r: { forward: c, policies: [{ sample: { rules: [{ pattern: x }] } }] } }\nclusters: { c: { endpoints: [\"http://a\"] } }\n");
        (await Problems(ConfigPrinter.ToJson(load.Config!))).ShouldBeEmpty();
    }

    [Fact]
    public void DescriptionsComeFromTheRecords()
    {
        var schema = System.Text.Json.Nodes.JsonNode.Parse(ConfigSchema.Generate(Read.Factories))!;
        schema["description"]!.GetValue<string>().ShouldBe("The whole of weir.yaml.");
        schema["properties"]!["shutdown-timeout"]!["description"]!.GetValue<string>().ShouldStartWith("How long exchanges in flight");
        schema["properties"]!["shutdown-timeout"]!["default"]!.GetValue<string>().ShouldBe("30s");
        var match = schema["definitions"]!["MatchConfig"]!["properties"]!;
        match["headers"]!["description"]!.GetValue<string>().ShouldBe("Header fields by name; see ValueMatchConfig.");
        match["path"]!["description"]!.GetValue<string>().ShouldContain("`~ ^/regex(?<name>…)$`");
        // A policy's assembly that embeds nothing: from the XML file beside it.
        schema["definitions"]!["SampleConfig"]!["description"]!.GetValue<string>().ShouldStartWith("A policy's settings");
    }
}
