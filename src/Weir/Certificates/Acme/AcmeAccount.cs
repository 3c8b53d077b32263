namespace Weir.Certificates.Acme;

/// <summary>An account: its key, and the URL that is its name at the authority.</summary>
internal sealed record AcmeAccount(AccountKey Key, string Url);

/// <summary>External account binding, ready for use.</summary>
internal sealed record AccountBinding(string Kid, byte[] HmacKey);
