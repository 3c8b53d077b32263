using System.Runtime.InteropServices;

namespace Weir.Reactor.Native;

/// <summary>
/// OpenSSL 3: libssl. Never with SuppressGCTransition: a callback into managed code would end the process, and a handshake would hold up
/// collections. Results as OpenSSL documents them; the error queue is cleared by <see cref="LibCrypto.ERR_clear_error"/> before each call
/// whose error is asked for.
/// </summary>
internal static unsafe partial class LibSsl
{
    private const string Name = "libssl.so.3";

    [LibraryImport(Name)]
    public static partial nint TLS_server_method();

    [LibraryImport(Name)]
    public static partial nint TLS_client_method();

    [LibraryImport(Name)]
    public static partial nint SSL_CTX_new(nint method);

    [LibraryImport(Name)]
    public static partial void SSL_CTX_free(nint context);

    [LibraryImport(Name)]
    public static partial nint SSL_CTX_ctrl(nint context, int command, nint number, void* pointer);

    [LibraryImport(Name)]
    public static partial ulong SSL_CTX_set_options(nint context, ulong options);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SSL_CTX_set_cipher_list(nint context, string ciphers);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SSL_CTX_set_ciphersuites(nint context, string suites);

    [LibraryImport(Name)]
    public static partial int SSL_CTX_set_num_tickets(nint context, nuint count);

    [LibraryImport(Name)]
    public static partial int SSL_CTX_use_certificate(nint context, nint certificate);

    [LibraryImport(Name)]
    public static partial int SSL_CTX_use_PrivateKey(nint context, nint key);

    [LibraryImport(Name)]
    public static partial void SSL_CTX_set_client_hello_cb(nint context, delegate* unmanaged[Cdecl]<nint, int*, nint, int> callback, nint argument);

    [LibraryImport(Name)]
    public static partial int SSL_client_hello_get0_ext(nint session, uint type, byte** data, nuint* length);

    [LibraryImport(Name)]
    public static partial void SSL_CTX_set_alpn_select_cb(nint context, delegate* unmanaged[Cdecl]<nint, byte**, byte*, byte*, uint, nint, int> callback, nint argument);

    [LibraryImport(Name)]
    public static partial nint SSL_set_SSL_CTX(nint session, nint context);

    [LibraryImport(Name)]
    public static partial int SSL_set_session_id_context(nint session, byte* context, uint length);

    [LibraryImport(Name)]
    public static partial nint SSL_new(nint context);

    [LibraryImport(Name)]
    public static partial void SSL_free(nint session);

    [LibraryImport(Name)]
    public static partial void SSL_set_bio(nint session, nint read, nint write);

    [LibraryImport(Name)]
    public static partial void SSL_set_accept_state(nint session);

    [LibraryImport(Name)]
    public static partial void SSL_set_connect_state(nint session);

    [LibraryImport(Name)]
    public static partial nint SSL_ctrl(nint session, int command, nint number, void* pointer);

    [LibraryImport(Name)]
    public static partial nint SSL_get0_param(nint session);

    [LibraryImport(Name)]
    public static partial nint SSL_get1_peer_certificate(nint session);

    [LibraryImport(Name)]
    public static partial nint SSL_get_verify_result(nint session);

    [LibraryImport(Name)]
    public static partial int SSL_set_session(nint session, nint resumed);

    [LibraryImport(Name)]
    public static partial void SSL_SESSION_free(nint resumed);

    [LibraryImport(Name)]
    public static partial void SSL_CTX_sess_set_new_cb(nint context, delegate* unmanaged[Cdecl]<nint, nint, int> callback);

    [LibraryImport(Name)]
    public static partial void SSL_CTX_set_verify(nint context, int mode, nint callback);

    [LibraryImport(Name)]
    public static partial int SSL_CTX_set_default_verify_paths(nint context);

    [LibraryImport(Name)]
    public static partial nint SSL_CTX_get_cert_store(nint context);

    [LibraryImport(Name)]
    public static partial int SSL_CTX_set_alpn_protos(nint context, byte* protocols, uint length);

    [LibraryImport(Name)]
    public static partial int SSL_do_handshake(nint session);

    [LibraryImport(Name)]
    public static partial int SSL_read_early_data(nint session, byte* buffer, nuint length, nuint* read);

    [LibraryImport(Name)]
    public static partial int SSL_write_early_data(nint session, byte* buffer, nuint length, nuint* written);

    [LibraryImport(Name)]
    public static partial int SSL_CTX_set_max_early_data(nint context, uint length);

    [LibraryImport(Name)]
    public static partial int SSL_read(nint session, byte* buffer, int length);

    [LibraryImport(Name)]
    public static partial int SSL_peek(nint session, byte* buffer, int length);

    [LibraryImport(Name)]
    public static partial int SSL_has_pending(nint session);

    [LibraryImport(Name)]
    public static partial int SSL_write(nint session, byte* buffer, int length);

    [LibraryImport(Name)]
    public static partial int SSL_shutdown(nint session);

    [LibraryImport(Name)]
    public static partial int SSL_get_error(nint session, int result);

    [LibraryImport(Name)]
    public static partial int SSL_session_reused(nint session);

    [LibraryImport(Name)]
    public static partial void SSL_set_verify(nint session, int mode, delegate* unmanaged[Cdecl]<int, nint, int> callback);

    [LibraryImport(Name)]
    public static partial void SSL_set_verify_depth(nint session, int depth);

    [LibraryImport(Name)]
    public static partial int SSL_CTX_add_client_CA(nint context, nint certificate);

    [LibraryImport(Name)]
    public static partial nint SSL_get_certificate(nint session);

    [LibraryImport(Name)]
    public static partial nint SSL_CTX_get0_certificate(nint context);

    [LibraryImport(Name)]
    public static partial nint SSL_CTX_callback_ctrl(nint context, int command, delegate* unmanaged[Cdecl]<nint, nint, int> callback);

    [LibraryImport(Name)]
    public static partial nint SSL_get_current_cipher(nint session);

    [LibraryImport(Name)]
    public static partial nint SSL_CIPHER_standard_name(nint cipher);

    [LibraryImport(Name)]
    public static partial void SSL_get0_alpn_selected(nint session, byte** name, uint* length);

    [LibraryImport(Name)]
    public static partial int SSL_version(nint session);

    [LibraryImport(Name)]
    public static partial nint SSL_CTX_set_timeout(nint context, nint seconds);

    [LibraryImport(Name)]
    public static partial int SSL_CTX_set_tlsext_ticket_key_evp_cb(nint context, delegate* unmanaged[Cdecl]<nint, byte*, byte*, nint, nint, int, int> callback);
}

/// <summary>OpenSSL 3: libcrypto.</summary>
internal static unsafe partial class LibCrypto
{
    private const string Name = "libcrypto.so.3";

    [LibraryImport(Name)]
    public static partial void ERR_clear_error();

    [LibraryImport(Name)]
    public static partial int BIO_get_new_index();

    [LibraryImport(Name)]
    public static partial nint BIO_meth_new(int type, byte* name);

    [LibraryImport(Name)]
    public static partial int BIO_meth_set_read(nint method, delegate* unmanaged[Cdecl]<nint, byte*, int, int> read);

    [LibraryImport(Name)]
    public static partial int BIO_meth_set_write(nint method, delegate* unmanaged[Cdecl]<nint, byte*, int, int> write);

    [LibraryImport(Name)]
    public static partial int BIO_meth_set_ctrl(nint method, delegate* unmanaged[Cdecl]<nint, int, nint, void*, nint> control);

    [LibraryImport(Name)]
    public static partial nint BIO_new(nint method);

    [LibraryImport(Name)]
    public static partial int X509_STORE_add_cert(nint store, nint certificate);

    [LibraryImport(Name)]
    public static partial nint X509_get_X509_PUBKEY(nint certificate);

    [LibraryImport(Name)]
    public static partial int i2d_X509_PUBKEY(nint key, byte** into);

    [LibraryImport(Name)]
    public static partial void CRYPTO_free(void* memory, byte* file, int line);

    [LibraryImport(Name)]
    public static partial void X509_VERIFY_PARAM_set_hostflags(nint parameters, uint flags);

    [LibraryImport(Name)]
    public static partial int X509_VERIFY_PARAM_set1_host(nint parameters, byte* name, nuint length);

    [LibraryImport(Name)]
    public static partial int X509_VERIFY_PARAM_set1_ip_asc(nint parameters, byte* address);

    [LibraryImport(Name)]
    public static partial void BIO_set_flags(nint bio, int flags);

    [LibraryImport(Name)]
    public static partial void BIO_clear_flags(nint bio, int flags);

    [LibraryImport(Name)]
    public static partial nuint ERR_peek_last_error();

    [LibraryImport(Name)]
    public static partial nint ERR_reason_error_string(nuint error);

    [LibraryImport(Name)]
    public static partial nint d2i_X509(nint* into, byte** data, nint length);

    [LibraryImport(Name)]
    public static partial void X509_free(nint certificate);

    [LibraryImport(Name)]
    public static partial nint d2i_AutoPrivateKey(nint* into, byte** data, nint length);

    [LibraryImport(Name)]
    public static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Name)]
    public static partial int i2d_X509(nint certificate, byte** into);

    [LibraryImport(Name)]
    public static partial nint X509_get0_notAfter(nint certificate);

    [LibraryImport(Name)]
    public static partial int X509_cmp_current_time(nint time);

    [LibraryImport(Name)]
    public static partial nint d2i_X509_CRL(nint* into, byte** data, nint length);

    [LibraryImport(Name)]
    public static partial void X509_CRL_free(nint list);

    [LibraryImport(Name)]
    public static partial nint X509_CRL_get0_nextUpdate(nint list);

    [LibraryImport(Name)]
    public static partial int X509_STORE_add_crl(nint store, nint list);

    [LibraryImport(Name)]
    public static partial int X509_STORE_set_flags(nint store, nuint flags);

    [LibraryImport(Name)]
    public static partial nint X509_STORE_new();

    [LibraryImport(Name)]
    public static partial void X509_STORE_free(nint store);

    [LibraryImport(Name)]
    public static partial nint OPENSSL_sk_new_null();

    [LibraryImport(Name)]
    public static partial int OPENSSL_sk_push(nint stack, nint item);

    [LibraryImport(Name)]
    public static partial void OPENSSL_sk_free(nint stack);

    [LibraryImport(Name)]
    public static partial nint CRYPTO_malloc(nuint length, byte* file, int line);

    [LibraryImport(Name)]
    public static partial nint EVP_sha1();

    [LibraryImport(Name)]
    public static partial int ASN1_TIME_diff(int* days, int* seconds, nint from, nint to);

    [LibraryImport(Name)]
    public static partial nint OCSP_cert_to_id(nint digest, nint subject, nint issuer);

    [LibraryImport(Name)]
    public static partial void OCSP_CERTID_free(nint id);

    [LibraryImport(Name)]
    public static partial nint OCSP_REQUEST_new();

    [LibraryImport(Name)]
    public static partial void OCSP_REQUEST_free(nint request);

    [LibraryImport(Name)]
    public static partial nint OCSP_request_add0_id(nint request, nint id);

    [LibraryImport(Name)]
    public static partial int i2d_OCSP_REQUEST(nint request, byte** into);

    [LibraryImport(Name)]
    public static partial nint d2i_OCSP_RESPONSE(nint* into, byte** data, nint length);

    [LibraryImport(Name)]
    public static partial void OCSP_RESPONSE_free(nint response);

    [LibraryImport(Name)]
    public static partial int OCSP_response_status(nint response);

    [LibraryImport(Name)]
    public static partial nint OCSP_response_get1_basic(nint response);

    [LibraryImport(Name)]
    public static partial void OCSP_BASICRESP_free(nint response);

    [LibraryImport(Name)]
    public static partial int OCSP_basic_verify(nint response, nint certificates, nint store, nuint flags);

    [LibraryImport(Name)]
    public static partial int OCSP_resp_find_status(nint response, nint id, int* status, int* reason, nint* revoked, nint* thisUpdate, nint* nextUpdate);

    [LibraryImport(Name)]
    public static partial int OCSP_check_validity(nint thisUpdate, nint nextUpdate, nint slackSeconds, nint maxAgeSeconds);

    [LibraryImport(Name)]
    public static partial int X509_STORE_CTX_get_error(nint verification);

    [LibraryImport(Name)]
    public static partial void X509_STORE_CTX_set_error(nint verification, int error);

    [LibraryImport(Name)]
    public static partial int X509_STORE_CTX_get_error_depth(nint verification);

    [LibraryImport(Name)]
    public static partial nint EVP_CIPHER_fetch(nint library, byte* name, byte* properties);

    [LibraryImport(Name)]
    public static partial int EVP_EncryptInit_ex2(nint cipherState, nint cipher, byte* key, byte* vector, nint parameters);

    [LibraryImport(Name)]
    public static partial int EVP_DecryptInit_ex2(nint cipherState, nint cipher, byte* key, byte* vector, nint parameters);

    [LibraryImport(Name)]
    public static partial int EVP_MAC_CTX_set_params(nint macState, OpenSslParameter* parameters);
}

/// <summary>OSSL_PARAM: a named value that an algorithm is given.</summary>
internal unsafe struct OpenSslParameter
{
    public byte* Key;
    public uint Type;
    public void* Data;
    public nuint Size;
    public nuint Returned;
}

/// <summary>Numbers of OpenSSL's headers.</summary>
internal static class SslConstants
{
    public const int CtrlMode = 33;
    public const int CtrlReadAhead = 41;
    public const int CtrlSessionCacheMode = 44;
    public const int CtrlChainCertificate = 89;
    public const int CtrlMinVersion = 123;
    public const int CtrlGroupsList = 92;
    public const int CtrlServerName = 55;
    public const int CtrlStatusCallback = 63;
    public const int CtrlStatusResponse = 71;

    public const int StatusOk = 0;
    public const int StatusNone = 3;
    public const int StatusGood = 0;
    public const int StatusRevoked = 1;

    public const int VerifyPeer = 1;
    public const int VerifyFailIfNoPeerCertificate = 2;
    public const uint StoreChecksCrl = 0x4;
    public const uint StorePartialChain = 0x80000;
    public const uint StoreChecksAllCrls = 0x8;
    public const int SessionCacheClient = 1;
    public const int SessionCacheNoInternal = 0x300;
    public const uint HostNoPartialWildcards = 4;

    // X509_V_ERR_…
    public const int VerifyNoCrl = 3;
    public const int VerifyNotYetValid = 9;
    public const int VerifyExpired = 10;
    public const int VerifyRevoked = 23;
    public const int VerifyHostMismatch = 62;
    public const int VerifyAddressMismatch = 64;

    public const nint ModeReleaseBuffers = 0x10;

    public const int BioSourceSink = 0x0400;
    public const int BioEof = 2;
    public const int BioFlush = 11;
    public const int BioRetryRead = 0x01 | 0x08;

    public const ulong OptionNoCompression = 1UL << 17;
    public const ulong OptionPrioritizeChaCha = 1UL << 21;
    public const ulong OptionNoAntiReplay = 1UL << 24;
    public const ulong OptionServerPreference = 1UL << 22;
    public const ulong OptionNoRenegotiation = 1UL << 30;

    public const int ErrorSsl = 1;
    public const int ErrorWantRead = 2;
    public const int ErrorZeroReturn = 6;
    public const int ErrorWantClientHello = 11;

    public const int ReasonUnexpectedEof = 294;
    public const int ReasonHttpRequest = 156;
    public const int ReasonNoPeerCertificate = 199;
    public const int ReasonMask = 0x7FFFFF;

    public const int EarlyDataSuccess = 1;
    public const int EarlyDataFinished = 2;

    public const int ClientHelloSuccess = 1;
    public const int ClientHelloError = 0;
    public const int ClientHelloRetry = -1;
    public const int AlertUnrecognizedName = 112;
    public const int AlertInternalError = 80;
    public const int AlertNoApplicationProtocol = 120;

    public const int AlpnOk = 0;
    public const int AlpnAlertFatal = 2;
    public const int AlpnNone = 3;

    public const uint ExtensionServerName = 0;
    public const uint ExtensionAlpn = 16;
    public const int NameTypeHost = 0;

    public const uint ParameterText = 4;
    public const uint ParameterBytes = 5;

    public const int Version12 = 0x0303;
    public const int Version13 = 0x0304;
}
