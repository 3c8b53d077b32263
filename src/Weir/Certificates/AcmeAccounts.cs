using Weir.Certificates.Acme;
using Weir.Certificates.Storage;

namespace Weir.Certificates;

/// <summary>The account at one authority: the one in the folder, the one that the key in the folder has, or a new one. Control plane.</summary>
internal sealed class AcmeAccounts(AcmeClient client, IssuerSettings settings, AccountFolder folder) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private AcmeAccount? _account;

    public async Task<AcmeAccount> GetAsync(CancellationToken cancel)
    {
        await _oneAtATime.WaitAsync(cancel);
        try
        {
            if (_account is { } known) return known;
            using var held = await folder.LockAsync(cancel);
            return _account = await FindAsync(cancel);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>After the authority said no to it: false when the account is as it was. Else there is another by the next <see cref="GetAsync"/>.</summary>
    public async Task<bool> RenewAsync(AcmeAccount refused, CancellationToken cancel)
    {
        await _oneAtATime.WaitAsync(cancel);
        try
        {
            if (_account != refused) return true;
            if (await client.IsAccountValidAsync(refused, cancel)) return false;
            using var held = await folder.LockAsync(cancel);
            // Another instance may have seen it before us.
            var stored = folder.LoadAccount();
            if (stored is not null && stored.Url != refused.Url) _account = await FindAsync(cancel);
            else _account = await MakeAsync(null, cancel);
            return true;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private async Task<AcmeAccount> FindAsync(CancellationToken cancel)
    {
        if (folder.LoadKey() is not { } key) return await MakeAsync(null, cancel);
        if (folder.LoadAccount() is not { } stored)
            return await client.FindAccountAsync(key, cancel) is { } found ? await SaveAsync(found, cancel) : await MakeAsync(key, cancel);
        // The binding is a part of the account: another one means another account.
        if (settings.Binding is { } binding && binding.Kid != stored.BindingKid) return await MakeAsync(null, cancel);
        var account = new AcmeAccount(key, stored.Url);
        if (stored.Contact.SequenceEqual(settings.Config.Email)) return account;
        if (!await client.IsAccountValidAsync(account, cancel)) return await MakeAsync(null, cancel);
        return await SaveAsync(account, cancel);
    }

    private async Task<AcmeAccount> SaveAsync(AcmeAccount account, CancellationToken cancel)
    {
        await client.ChangeContactAsync(account, settings.Config.Email, cancel);
        folder.SaveAccount(account.Url, settings.Config.Email, settings.Binding?.Kid);
        return account;
    }

    // The key is stored before it is used: if we die in between, the next start finds the account by it and makes no second one.
    private async Task<AcmeAccount> MakeAsync(AccountKey? key, CancellationToken cancel)
    {
        if (key is null) folder.SaveKey(key = AccountKey.Make());
        var account = await client.NewAccountAsync(key, settings.Config.Email, settings.Binding, cancel);
        folder.SaveAccount(account.Url, settings.Config.Email, settings.Binding?.Kid);
        return account;
    }
}
