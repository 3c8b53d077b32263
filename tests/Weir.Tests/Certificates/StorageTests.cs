using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Weir.Certificates;
using Weir.Certificates.Storage;
using Weir.Tests.Certificates.Fixture;

namespace Weir.Tests.Certificates;

/// <summary>What is in the state folder is whole, for its owner alone, and nobody's word leads out of it.</summary>
public sealed class StorageTests
{
    private const string Authority = "https://ca.example/dir";

    [Fact]
    public void ACertificateComesBackAsItWasStored()
    {
        using var folder = new TemporaryFolder();
        var (certificates, order, damaged) = (Folder(folder, out var reports), Order("a.example", "127.0.0.1"), reports);
        certificates.Load(order).ShouldBeNull();
        var stored = certificates.Store(order, Certificate(order, 1));
        var loaded = certificates.Load(order)!;
        loaded.Generation.ShouldBe(stored.Generation);
        loaded.Certificate.Digest.ShouldBe(stored.Certificate.Digest);
        loaded.Certificate.Key.ShouldBe(stored.Certificate.Key);
        loaded.Certificate.ProvenBy.ShouldBe(ChallengeKind.TlsAlpn);
        loaded.Certificate.Obtained.ShouldBe(stored.Certificate.Obtained);
        certificates.Load(order, loaded).ShouldBeSameAs(loaded);
        damaged.ShouldBeEmpty();
    }

    [Fact]
    public void TheNewestIsTheOneAndOldOnesGo()
    {
        using var folder = new TemporaryFolder();
        var (certificates, order) = (Folder(folder, out _), Order("a.example"));
        var all = Enumerable.Range(1, 5).Select(day => certificates.Store(order, Certificate(order, day)).Generation).ToList();
        certificates.Load(order)!.Generation.ShouldBe(all[4]);
        Generations(folder, order).ShouldBe(all[2..]);
    }

    [Theory]
    [InlineData("{ \"keys\": [null] }")]
    [InlineData("{ \"keys\": [{}] }")]
    [InlineData("{ \"keys\": [{ \"key\": \"AAAA\" }] }")]
    [InlineData("{ \"keys\": null }")]
    public async Task TicketKeysThatAreNoneGiveWayToNewOnes(string content)
    {
        using var folder = new TemporaryFolder();
        var tickets = new TicketFolder(folder.Path, TimeProvider.System);
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(folder.Path, "tickets")).FullName, "keys.json");
        File.WriteAllText(path, content);
        var keys = await tickets.LoadAsync(default);
        keys.Single().Length.ShouldBe(80);
        (await tickets.LoadAsync(default)).Single().ShouldBe(keys.Single());
    }

    [Theory]
    [InlineData("cert.pem", null)]
    [InlineData("key.pem", null)]
    [InlineData("order.json", null)]
    [InlineData("cert.pem", "")]
    [InlineData("cert.pem", "-----BEGIN CERTIFICATE-----\nAA")]
    [InlineData("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    [InlineData("order.json", "{ half")]
    [InlineData("order.json", "[]")]
    public void WhatIsDamagedIsReportedOnceAndTheOneBeforeItTaken(string file, string? content)
    {
        using var folder = new TemporaryFolder();
        var (certificates, order) = (Folder(folder, out var damaged), Order("a.example"));
        var before = certificates.Store(order, Certificate(order, 1));
        var newest = certificates.Store(order, Certificate(order, 2));
        var path = Path.Combine(folder.Path, "certificates", order.Id, newest.Generation);
        if (content is null) File.Delete(Path.Combine(path, file));
        else File.WriteAllText(Path.Combine(path, file), content);
        certificates.Load(order)!.Generation.ShouldBe(before.Generation);
        certificates.Load(order)!.Generation.ShouldBe(before.Generation);
        damaged.ShouldHaveSingleItem().ShouldStartWith(path + ": ");
        // It is kept for people, however many come after it.
        for (var day = 3; day < 8; day++) certificates.Store(order, Certificate(order, day));
        Directory.Exists(path).ShouldBeTrue();
    }

    [Fact]
    public void AKeyThatIsAnothersIsDamage()
    {
        using var folder = new TemporaryFolder();
        var (certificates, order) = (Folder(folder, out var damaged), Order("a.example"));
        var stored = certificates.Store(order, Certificate(order, 1));
        File.WriteAllText(Path.Combine(folder.Path, "certificates", order.Id, stored.Generation, "key.pem"), Certificate(order, 2).ToKeyPem());
        certificates.Load(order).ShouldBeNull();
        damaged.ShouldHaveSingleItem().ShouldEndWith(": it is for another key");
    }

    [Fact]
    public void AnOrderIsTheSameForTheSameNamesInAnyOrderAndCase()
    {
        Order("A.example", "b.example").ShouldBe(CertificateOrder.Make(Authority, ["a.example", "b.example", "a.example"], out _));
        Order("a.example").Id.ShouldNotBe(CertificateOrder.Make("https://other.example/dir", ["a.example"], out _)!.Id);
        Order("2001:db8::1").Id.ShouldStartWith("2001_db8__1-");
        CertificateOrder.Make(Authority, ["a.example", "*.example"], out var reason).ShouldBeNull();
        reason.ShouldBe("'*.example': a wildcard is proven by DNS alone, which is not supported; name the hosts");
        CertificateOrder.Make(Authority, [], out reason).ShouldBeNull();
        CertificateOrder.Make(Authority, [.. Enumerable.Range(0, 101).Select(static i => $"h{i}.example")], out reason).ShouldBeNull();
        reason.ShouldBe("a certificate is for 1 to 100 names");
    }

    [Fact]
    public async Task ALockHasOneHolderAndWaitingEnds()
    {
        using var folder = new TemporaryFolder();
        var first = await FolderLock.TakeAsync(folder["lock"], TimeSpan.Zero, TimeProvider.System, CancellationToken.None);
        first.ShouldNotBeNull();
        (await FolderLock.TakeAsync(folder["lock"], TimeSpan.FromMilliseconds(250), TimeProvider.System, CancellationToken.None)).ShouldBeNull();
        using var stop = new CancellationTokenSource(100);
        await Should.ThrowAsync<OperationCanceledException>(FolderLock.TakeAsync(folder["lock"], TimeSpan.FromHours(1), TimeProvider.System, stop.Token));
        var waiting = FolderLock.TakeAsync(folder["lock"], TimeSpan.FromSeconds(20), TimeProvider.System, CancellationToken.None);
        first.Dispose();
        using var second = await waiting;
        second.ShouldNotBeNull();
        File.GetUnixFileMode(folder["lock"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task ADeadHoldersLockIsFree()
    {
        using var folder = new TemporaryFolder();
        using var holder = Process.Start(new ProcessStartInfo("flock", [folder["lock"], "-c", "echo held; exec sleep 60"]) { RedirectStandardOutput = true })!;
        (await holder.StandardOutput.ReadLineAsync()).ShouldBe("held");
        (await FolderLock.TakeAsync(folder["lock"], TimeSpan.Zero, TimeProvider.System, CancellationToken.None)).ShouldBeNull();
        holder.Kill(entireProcessTree: true);
        using var taken = await FolderLock.TakeAsync(folder["lock"], TimeSpan.FromSeconds(20), TimeProvider.System, CancellationToken.None);
        taken.ShouldNotBeNull();
    }

    [Fact]
    public async Task AnswersToChallengesAreFoundUntilTheyAreRemovedOrADayOld()
    {
        using var folder = new TemporaryFolder();
        var clock = new JumpClock();
        var (one, two) = (new ChallengeFolder(folder.Path, clock), new ChallengeFolder(folder.Path, clock));
        var (certificate, key) = Weir.Certificates.Acme.ChallengeCertificate.Make("a.example", "proof", clock);
        await one.PutHttpAsync("token-1_a", "token-1_a.thumb", CancellationToken.None);
        await one.PutHttpAsync("token-2", "token-2.thumb", CancellationToken.None);
        await one.PutTlsAsync("a.example", certificate, key, CancellationToken.None);
        two.FindHttp("token-1_a").ShouldBe("token-1_a.thumb");
        two.FindTls("a.example")!.Value.Certificate.ShouldBe(certificate);
        two.FindTls("b.example").ShouldBeNull();
        foreach (var file in Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories)) File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await one.RemoveHttpAsync("token-1_a");
        two.FindHttp("token-1_a").ShouldBeNull();
        clock.Advance(TimeSpan.FromHours(23));
        two.Clean();
        two.FindHttp("token-2").ShouldNotBeNull();
        clock.Advance(TimeSpan.FromHours(2));
        two.Clean();
        two.FindHttp("token-2").ShouldBeNull();
        two.FindTls("a.example").ShouldBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../http-01/x")]
    [InlineData("/etc/passwd")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    [InlineData(".hidden")]
    [InlineData("a b")]
    [InlineData("é")]
    [InlineData("A.EXAMPLE")]
    public async Task WhatIsNoTokenOrNameHasNoFile(string name)
    {
        using var folder = new TemporaryFolder();
        var challenges = new ChallengeFolder(folder.Path, TimeProvider.System);
        folder.Write("secret", "secret");
        challenges.FindHttp(name).ShouldBeNull();
        challenges.FindTls(name).ShouldBeNull();
        await Should.ThrowAsync<ArgumentException>(() => challenges.PutHttpAsync(name, "x", CancellationToken.None));
        await Should.ThrowAsync<ArgumentException>(() => challenges.PutTlsAsync(name, [], [], CancellationToken.None));
        await challenges.RemoveHttpAsync(name);
        await challenges.RemoveTlsAsync(name);
        Directory.GetFileSystemEntries(folder.Path).ShouldBe([folder["secret"]]);
    }

    [Fact]
    public void AFileIsReplacedAsAWhole()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("x", "old");
        PrivateFiles.Replace(path, "new");
        PrivateFiles.Read(path).ShouldBe("new");
        Directory.GetFiles(folder.Path).ShouldBe([path]);
        PrivateFiles.Read(folder["none"]).ShouldBeNull();
        folder.Write("large", new string('x', (1 << 20) + 1));
        Should.Throw<IOException>(() => PrivateFiles.Read(folder["large"])).Message.ShouldEndWith("is larger than 1024 KiB");
    }

    [Fact]
    public async Task FailuresOfProofsAreKeptOverRestartsAndForgottenAfterAnHour()
    {
        using var folder = new TemporaryFolder();
        var clock = new JumpClock();
        for (var i = 0; i < AccountFolder.MostFailures; i++)
        {
            var before = new AccountFolder(folder.Path, Authority, clock, static (_, _) => { });
            before.MustWait(["a.example"]).ShouldBeNull();
            await before.RememberFailuresAsync(["a.example"], CancellationToken.None);
            clock.Advance(TimeSpan.FromMinutes(5));
        }

        var reports = new List<string>();
        var account = new AccountFolder(folder.Path, Authority, clock, (path, _) => reports.Add(path));
        account.MustWait(["b.example", "a.example"])!.Value.Wait.TotalMinutes.ShouldBeInRange(39, 40);
        account.MustWait(["b.example"]).ShouldBeNull();
        clock.Advance(TimeSpan.FromMinutes(40));
        account.MustWait(["a.example"]).ShouldBeNull();
        var file = Directory.GetFiles(folder.Path, "failures.json", SearchOption.AllDirectories).Single();
        File.WriteAllText(file, "{");
        account.MustWait(["a.example"]).ShouldBeNull();
        reports.ShouldBe([file]);
    }

    private static CertificateFolder Folder(TemporaryFolder folder, out List<string> damaged)
    {
        var reports = damaged = [];
        return new CertificateFolder(folder.Path, TimeProvider.System, (path, reason) => reports.Add($"{path}: {reason}"));
    }

    private static CertificateOrder Order(params string[] names) => CertificateOrder.Make(Authority, names, out _)!;

    private static List<string> Generations(TemporaryFolder folder, CertificateOrder order)
        => [.. Directory.GetDirectories(Path.Combine(folder.Path, "certificates", order.Id)).Select(static d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];

    private static IssuedCertificate Certificate(CertificateOrder order, int day)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(Weir.Certificates.Acme.CertificateRequests.AlternativeNames(order.Names, isCritical: false));
        var obtained = new DateTimeOffset(2026, 1, day, 0, 0, 0, TimeSpan.Zero);
        using var own = request.CreateSelfSigned(obtained, obtained.AddDays(90));
        var certificate = IssuedCertificate.Read(own.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), order.Names, obtained, ChallengeKind.TlsAlpn, out var reason);
        reason.ShouldBe("");
        return certificate!;
    }
}
