namespace Weir.Config.Tests.Documents;

public sealed class DocumentTests
{
    [Fact]
    public void DuplicateKeyIsRefusedWithBothPlaces()
        => Read.Errors(Read.Head + "workers: 1\nworkers: 2\n").ShouldBe(["4:1: duplicate-key: 'workers' is given twice (first in line 3)"]);

    [Fact]
    public void DuplicateNameInTwoFilesIsRefusedWithBothPlaces()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.yaml", Read.Head + "routes:\n  r: { respond: 200 }\n");
        folder.Write("b.yaml", "version: 1\nroutes:\n  r: { respond: 200 }\n  s: { respond: 200 }\n");
        var load = ConfigReader.Load(folder.Path, []);
        load.Diagnostics.Select(d => d.ToString()).ShouldBe([$"{folder["b.yaml"]}:3:3: duplicate-key: 'r' is given twice (first in {folder["a.yaml"]}:4:3)"]);
    }

    [Fact]
    public void FilesOfAFolderAreMergedMapByMap()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.yaml", Read.Head + "routes:\n  r: { respond: 200 }\n");
        folder.Write("b.yaml", "version: 1\nroutes:\n  s: { respond: 201 }\n");
        folder.Write(".hidden.yaml", "nonsense");
        var load = ConfigReader.Load(folder.Path, []);
        load.Config.ShouldNotBeNull().Routes.Keys.ShouldBe(["r", "s"]);
        load.Sources.Files.Count.ShouldBe(2);
    }

    [Fact]
    public void IncludesAreRelativeToTheIncludingFile()
    {
        using var folder = new TemporaryFolder();
        var main = folder.Write("weir.yaml", Read.Head + "include: [conf/one.yaml, \"conf/routes-*.yaml\"]\n");
        folder.Write("conf/one.yaml", "include: deep/two.yaml\nroutes: { one: { respond: 200 } }\n");
        folder.Write("conf/deep/two.yaml", "routes: { two: { respond: 200 } }\n");
        folder.Write("conf/routes-b.yaml", "routes: { b: { respond: 200 } }\n");
        folder.Write("conf/routes-a.yaml", "routes: { a: { respond: 200 } }\n");
        ConfigReader.Load(main, []).Config.ShouldNotBeNull().Routes.Keys.ShouldBe(["one", "two", "a", "b"]);
    }

    [Fact]
    public void IncludeCycleIsRefused()
    {
        using var folder = new TemporaryFolder();
        var main = folder.Write("weir.yaml", Read.Head + "include: a.yaml\n");
        folder.Write("a.yaml", "include: weir.yaml\n");
        ConfigReader.Load(main, []).Diagnostics.ShouldHaveSingleItem().Code.ShouldBe("include-cycle");
    }

    [Fact]
    public void MissingIncludeIsAnErrorAndAnEmptyGlobAWarning()
    {
        using var folder = new TemporaryFolder();
        var main = folder.Write("weir.yaml", Read.Head + "include: [gone.yaml, \"x/*.yaml\"]\n");
        var load = ConfigReader.Load(main, []);
        load.Diagnostics.Select(d => (d.IsError, d.Code, d.Line, d.Column)).ShouldBe([(true, "missing-file", 3, 11), (false, "no-match", 3, 22)]);
    }

    [Fact]
    public void AliasBombIsRefused()
    {
        var text = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
        for (var c = 'b'; c < 'k'; c++) text += $"{c}: &{c} [{string.Join(',', Enumerable.Repeat("*" + (char)(c - 1), 10))}]\n";
        Read.Errors(text).ShouldHaveSingleItem().ShouldContain("alias-bomb: aliases stand for more than 100000 values");
    }

    [Fact]
    public void AbsurdNestingIsRefused()
    {
        Read.Errors(new string('[', 70)).ShouldBe(["1:65: too-deep: is nested deeper than 64"]);
        Read.Errors("a: " + new string('[', 100_000)).ShouldHaveSingleItem().ShouldContain("too-deep");
    }

    [Theory]
    [InlineData("", "1:1: empty-file: holds no configuration (the least is 'version: 1')")]
    [InlineData("# nothing\n", "1:1: empty-file: holds no configuration (the least is 'version: 1')")]
    [InlineData("- a\n", "1:1: wrong-type: the document must be a mapping, not a list")]
    [InlineData("version: 1\n---\nversion: 1\n", "2:1: many-documents: a file holds one document (put the second one into a file of its own, in a folder or under 'include:')")]
    [InlineData("workers: !!str 1\n", "1:10: tag: tags (tag:yaml.org,2002:str) are not supported (quote a value to make it a string)")]
    [InlineData("routes:\n\ta: 1\n", "2:1: tab: a tab cannot indent (use spaces)")]
    [InlineData("a: *nope\n", "1:4: unknown-anchor: there is no anchor '&nope' above (quote a value that starts with '*')")]
    [InlineData("version: 1\nlisteners:\n\tweb: 1\nroutes: {}\n", "3:1: tab: a tab cannot indent (use spaces)")]
    [InlineData("a: { path: /{id} }\n", "1:13: syntax: while parsing a flow mapping, did not find expected ',' or '}' (inside { } and [ ], quote a value that holds ': ' or one of { } [ ] ,)")]
    [InlineData("a:\n  - b\n c: d\n", "3:2: syntax: while parsing a block mapping, did not find expected key (keys of one mapping are indented alike, and nothing follows a closing quote or bracket)")]
    [InlineData("? [a]\n: b\n", "1:3: bad-key: a key must be a string")]
    [InlineData("a: b: c\n", "1:5: syntax: while scanning a plain scalar value, found invalid mapping (quote a value that holds ': ')")]
    public void BrokenDocumentIsRefusedWithItsPlace(string text, string error) => Read.Errors(text).ShouldContain(error);

    [Theory]
    [InlineData("a: [1, 2\nb: 3\n")]
    [InlineData("a: \"open\nb: 3\n")]
    [InlineData("a: {b: 1\n")]
    [InlineData("a: @x\n")]
    [InlineData("a:\n  - b\n c: d\n")]
    [InlineData("%YAML 3.0\n---\na: b\n")]
    [InlineData("a: \"\\q\"\n")]
    public void SyntaxErrorIsReportedNotThrown(string text) => Read.Errors(text).ShouldHaveSingleItem().ShouldContain(": syntax: ");

    [Theory]
    [InlineData("{1: a}", "1:2: bad-key: a key must be a string, not a number (write it as \"1\")")]
    [InlineData("{true: a}", "1:2: bad-key: a key must be a string, not a bool (write it as \"true\")")]
    [InlineData("{~: a}", "1:2: bad-key: a key must be a string, not nothing (write it as \"~\")")]
    [InlineData("<<: {}", "1:1: merge-key: merge keys are not part of YAML 1.2 (use 'defaults:' or named policies for what routes share)")]
    public void KeyThatIsNoStringIsRefused(string text, string error) => Read.Errors(text).ShouldContain(error);

    [Fact]
    public void InvalidUtf8IsRefusedWithItsPlace()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["weir.yaml"], [.. "version: 1\n# "u8, 0xC3, 0x28]);
        var problem = ConfigReader.Load(folder["weir.yaml"], []).Diagnostics.ShouldHaveSingleItem();
        (problem.Code, problem.Line, problem.Column).ShouldBe(("not-utf8", 2, 3));
    }

    [Fact]
    public void HugeFileIsRefused()
    {
        using var folder = new TemporaryFolder();
        using (var file = File.Create(folder["weir.yaml"])) file.SetLength((64L << 20) + 1);
        ConfigReader.Load(folder["weir.yaml"], []).Diagnostics.ShouldHaveSingleItem().Code.ShouldBe("file-too-large");
    }

    [Fact]
    public void MissingFileIsAProblemNotAnException()
        => ConfigReader.Load("/nowhere/weir.yaml", []).Diagnostics.ShouldHaveSingleItem().ToString().ShouldBe("/nowhere/weir.yaml: cannot-read: there is no such file");

    [Fact]
    public void JsonIsYaml()
    {
        var load = Read.Valid("""{"version":1,"listeners":{"web":{"address":":0"}},"routes":{"r":{"respond":{"status":200,"body":"\ud83d\ude00\/"}}}}""");
        load.Config!.Routes["r"].Respond!.Body.ShouldBe("😀/");
    }

    [Fact]
    public void AliasesStandForTheirAnchors()
    {
        var load = Read.Valid(Read.Head + "clusters:\n  a: &a { endpoints: [\"http://h:1\"] }\n  b: *a\n");
        load.Config!.Clusters["b"].Endpoints[0].Url.ShouldBe("http://h:1");
    }
}
