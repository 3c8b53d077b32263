namespace Weir.Config.Tests.Binding;

public sealed class SecretTests
{
    private static string Admin(string token) => Read.Head + $"admin: {{ address: \"0.0.0.0:9900\", token: {token} }}\n";

    [Fact]
    public void SecretIsReadFromAFileWithoutItsLineEnd()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("token", "s3cret\n");
        folder.Write("weir.yaml", Admin("{ file: token }"));
        var load = ConfigReader.Load(folder["weir.yaml"], []);
        load.Config!.Admin!.Token!.Value.ShouldBe("s3cret");
        load.Sources.Files.ShouldContain(file);
    }

    [Fact]
    public void SecretIsReadFromTheEnvironment()
    {
        Read.Valid(Admin("{ env: TOKEN }"), ("TOKEN", "x")).Config!.Admin!.Token!.Value.ShouldBe("x");
        Read.Valid(Admin("\"${TOKEN}\""), ("TOKEN", "x")).Config!.Admin!.Token!.Variable.ShouldBe("TOKEN");
        Read.Valid(Admin("plain")).Config!.Admin!.Token!.Value.ShouldBe("plain");
    }

    [Theory]
    [InlineData("{ env: NOPE }", "unset-variable: the environment variable NOPE is not set")]
    [InlineData("{ file: /nowhere/x }", "cannot-read: there is no file /nowhere/x")]
    [InlineData("{ file: a, env: b }", "wrong-type: must be a string, { file: … } or { env: … }")]
    [InlineData("[a]", "wrong-type: must be a string, { file: … } or { env: … }")]
    [InlineData("\"\"", "empty-secret: the secret is empty")]
    public void SecretThatCannotBeHadIsAnError(string token, string error) => Read.Errors(Admin(token)).ShouldHaveSingleItem().ShouldEndWith(error);

    [Fact]
    public void NoMessageHoldsASecret()
    {
        Read.Valid(Admin("hunter2")).Config!.ToString().ShouldNotContain("hunter2");
        Read.Errors(Admin("{ hunter2: 1 }")).ShouldHaveSingleItem().ShouldNotContain("hunter2");
    }
}
