using Weir.Policies.Tests.Yaml;
using Weir.Sdk.Configuration;

namespace Weir.Policies.Tests;

public class ConfigurationTests
{
    [Theory]
    [InlineData("headers: { request: { set: { Connection: close } } }", ".request.set.Connection", "reserved-field")]
    [InlineData("headers: { response: { remove: [X-A, Content-Length] } }", ".response.remove[1]", "reserved-field")]
    [InlineData("headers: { response: { remove: \"*\" } }", ".response.remove[0]", "bad-field-name")]
    [InlineData("headers: { request: { add: { \"X A\": b } } }", ".request.add.X A", "bad-field-name")]
    [InlineData("headers: { request: { add: { \":path\": b } } }", ".request.add.:path", "bad-field-name")]
    [InlineData("headers: { request: { set: { X-A: \"a\\nb${now}\" } } }", ".request.set.X-A", "bad-field-value")]
    [InlineData("headers: { request: { set: { X-A: \"${response.status}\" } } }", ".request.set.X-A", "bad-expression")]
    [InlineData("security-headers: { content-security-policy: \"a\\nb\" }", ".content-security-policy", "bad-field-value")]
    [InlineData("remove-internal-fields: { fields: Host }", ".fields[0]", "reserved-field")]
    [InlineData("rewrite: { regex: { pattern: \"(a)\", replace: \"/$2\" } }", ".regex.replace", "bad-replacement")]
    [InlineData("rewrite: { path: \"/a b\" }", ".path", "bad-path")]
    [InlineData("deprecation: { since: 2026-13-31 }", ".since", "bad-date")]
    [InlineData("deprecation: { since: 2026-01-31, sunset: 2026-01-30 }", ".sunset", "bad-date")]
    [InlineData("deprecation: { since: 2026-01-31, link: \"https://a.example/ b\" }", ".link", "bad-url")]
    [InlineData("deprecation: { since: 2026-01-31, link: developer.example.com/v1-ends }", ".link", "bad-url")]
    [InlineData("deprecation: { since: 2026-01-31, link: /v1-ends }", ".link", "bad-url")]
    [InlineData("deprecation: { since: 2026-01-31, successor: \"\" }", ".successor", "bad-url")]
    public void ErrorsHaveAPlaceAndACode(string yaml, string path, string code)
    {
        var problem = PolicyReader.ProblemsOf(yaml).Single();
        (problem.Severity, problem.Path, problem.Code).ShouldBe((ProblemSeverity.Error, path, code));
    }

    [Fact]
    public void AnExpressionsErrorHasItsColumn()
    {
        var problem = PolicyReader.ProblemsOf("headers: { request: { set: { X-A: \"a ${request.pth}\" } } }").Single();
        problem.Column.ShouldBe(12);
        problem.Hint.ShouldBe("did you mean request.path?");
    }

    [Fact]
    public void AllErrorsAreReportedAtOnce()
        => PolicyReader.ProblemsOf("headers: { request: { set: { TE: a, X-A: \"${\" }, remove: Host }, response: { add: { Upgrade: b } } }").Count.ShouldBe(4);

    [Theory]
    [InlineData("headers: {}")]
    [InlineData("rewrite: {}")]
    [InlineData("remove-internal-fields: { keep: X-Other }")]
    [InlineData("security-headers: { strict-transport-security: { preload: true } }")]
    public void WhatHasNoEffectIsAWarning(string yaml)
        => PolicyReader.ProblemsOf(yaml).Single().ShouldSatisfyAllConditions(p => p.Severity.ShouldBe(ProblemSeverity.Warning), p => p.Code.ShouldBe("no-effect"));

    [Fact]
    public void KindsAreUniqueAndInOrder()
    {
        var kinds = BuiltInPolicies.All.Select(f => f.Kind).ToArray();
        kinds.ShouldBe(kinds.Distinct().Order(StringComparer.Ordinal));
    }
}
