using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Weir.Reactor.Native;

namespace Weir.Reactor.Tls;

/// <summary>
/// Keys that session tickets are sealed with (RFC 5077 §4). The first seals; all open, so that a ticket outlives the change of keys.
/// Instances with the same keys resume each other's sessions. SharedState: replaced as a whole.
/// </summary>
public sealed unsafe class TicketKeys
{
    /// <summary>Bytes of a key: 16 of its name, 32 for HMAC-SHA-256, 32 for AES-256.</summary>
    public const int KeyLength = 80;

    private const int NameLength = 16;
    private const int MacStart = 16;
    private const int CipherStart = 48;
    private const int VectorLength = 16;

    private static readonly nint Cipher = Fetch();
    private byte[][] _keys;

    public TicketKeys(IReadOnlyList<byte[]> keys)
    {
        ArgumentOutOfRangeException.ThrowIfZero(keys.Count);
        _keys = [.. keys];
    }

    /// <summary>A key of its own, that nobody else has.</summary>
    public TicketKeys()
        : this([NewKey()])
    {
    }

    public static byte[] NewKey() => RandomNumberGenerator.GetBytes(KeyLength);

    /// <summary>From here on these; the first seals.</summary>
    public void Use(IReadOnlyList<byte[]> keys)
    {
        ArgumentOutOfRangeException.ThrowIfZero(keys.Count);
        Volatile.Write(ref _keys, [.. keys]);
    }

    /// <summary>A new key seals, the one before still opens; older ones are forgotten.</summary>
    public void Rotate() => Use([NewKey(), _keys[0]]);

    internal static void Attach(nint context)
    {
        if (LibSsl.SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &OnTicket) != 1) throw TlsException.Of("no ticket keys");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnTicket(nint ssl, byte* name, byte* vector, nint cipher, nint mac, int seals)
    {
        try
        {
            var keys = Volatile.Read(ref SessionBio.Current.Server!.Tickets._keys);
            return seals == 1 ? Seal(keys[0], name, vector, cipher, mac) : Open(keys, ssl, name, vector, cipher, mac);
        }
        catch (Exception)
        {
            // Nothing may pass into OpenSSL: the handshake fails.
            return -1;
        }
    }

    private static int Seal(byte[] key, byte* name, byte* vector, nint cipher, nint mac)
    {
        key.AsSpan(0, NameLength).CopyTo(new Span<byte>(name, NameLength));
        RandomNumberGenerator.Fill(new Span<byte>(vector, VectorLength));
        fixed (byte* start = key)
            return LibCrypto.EVP_EncryptInit_ex2(cipher, Cipher, start + CipherStart, vector, 0) == 1 && SetMac(mac, start) ? 1 : -1;
    }

    // 0: unknown, a full handshake is made; 1: as it is; 2: the client is to be given a new one.
    private static int Open(byte[][] keys, nint ssl, byte* name, byte* vector, nint cipher, nint mac)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            if (!keys[i].AsSpan(0, NameLength).SequenceEqual(new ReadOnlySpan<byte>(name, NameLength))) continue;
            fixed (byte* start = keys[i])
            {
                if (LibCrypto.EVP_DecryptInit_ex2(cipher, Cipher, start + CipherStart, vector, 0) != 1 || !SetMac(mac, start)) return -1;
            }

            // RFC 8446 C.4: a ticket of 1.3 is for one use.
            return i > 0 || LibSsl.SSL_version(ssl) >= SslConstants.Version13 ? 2 : 1;
        }

        return 0;
    }

    private static bool SetMac(nint mac, byte* key)
    {
        fixed (byte* keyName = "key"u8, digestName = "digest"u8, digest = "SHA256"u8)
        {
            var parameters = stackalloc OpenSslParameter[3];
            parameters[0] = new OpenSslParameter { Key = keyName, Type = SslConstants.ParameterBytes, Data = key + MacStart, Size = CipherStart - MacStart };
            parameters[1] = new OpenSslParameter { Key = digestName, Type = SslConstants.ParameterText, Data = digest, Size = 6 };
            parameters[2] = default;
            return LibCrypto.EVP_MAC_CTX_set_params(mac, parameters) == 1;
        }
    }

    private static nint Fetch()
    {
        fixed (byte* name = "AES-256-CBC"u8)
        {
            var cipher = LibCrypto.EVP_CIPHER_fetch(0, name, null);
            return cipher != 0 ? cipher : throw TlsException.Of("no cipher for tickets");
        }
    }
}
