namespace Weir.Reactor.Native;

/// <summary>Linux's numbers, from the uapi headers; the same on x86-64 and arm64 for all that are here.</summary>
internal static class Constants
{
    public const int EpollCloexec = 0x80000;
    public const int EpollAdd = 1;
    public const int EpollDelete = 2;
    public const int EpollModify = 3;
    public const uint EpollIn = 0x001;
    public const uint EpollUrgent = 0x002;
    public const uint EpollOut = 0x004;
    public const uint EpollError = 0x008;
    public const uint EpollHangup = 0x010;
    public const uint EpollReadHangup = 0x2000;
    public const uint EpollExclusive = 1u << 28;
    public const uint EpollEdge = 1u << 31;

    public const int EventNonblock = 0x800;
    public const int EventCloexec = 0x80000;

    public const int FamilyUnix = 1;
    public const int FamilyInet = 2;
    public const int FamilyInet6 = 10;
    public const int SocketStream = 1;
    public const int SocketDatagram = 2;
    public const int SocketNonblock = 0x800;
    public const int SocketCloexec = 0x80000;

    public const int LevelSocket = 1;
    public const int OptionReuseAddress = 2;
    public const int OptionError = 4;
    public const int OptionSendBuffer = 7;
    public const int OptionReceiveBuffer = 8;
    public const int OptionLinger = 13;
    public const int OptionReusePort = 15;
    public const int OptionIsListening = 30;
    public const int LevelTcp = 6;
    public const int OptionTcpNoDelay = 1;
    public const int LevelIpv4 = 0;
    public const int Ipv4PacketInfo = 8;
    public const int LevelIpv6 = 41;
    public const int OptionIpv6Only = 26;
    public const int OptionIpv6ReceivePacketInfo = 49;
    public const int Ipv6PacketInfo = 50;

    public const int MessagePeek = 0x02;
    public const int MessageTruncated = 0x20;
    public const int MessageDontWait = 0x40;
    public const int MessageNoSignal = 0x4000;
    public const int MessageMore = 0x8000;

    public const int ShutdownWrite = 1;

    public const int OpenNonblock = 0x800;
    public const int OpenCloexec = 0x80000;
    public const int FcntlSetDescriptorFlags = 2;
    public const int FcntlSetStatusFlags = 4;
    public const int FcntlDuplicateCloexec = 1030;
    public const int FcntlSetPipeSize = 1031;
    public const int FcntlGetPipeSize = 1032;
    public const int DescriptorCloexec = 1;

    public const uint SpliceMove = 1;
    public const uint SpliceNonblock = 2;
    public const uint SpliceMore = 4;

    public const int LimitOpenFiles = 7;

    public const int ErrnoNotPermitted = 1;
    public const int ErrnoInterrupted = 4;
    public const int ErrnoAgain = 11;
    public const int ErrnoNoMemory = 12;
    public const int ErrnoInvalid = 22;
    public const int ErrnoFileTable = 23;
    public const int ErrnoTooManyFiles = 24;
    public const int ErrnoPipe = 32;
    public const int ErrnoProtocol = 71;
    public const int ErrnoMessageSize = 90;
    public const int ErrnoConnectionReset = 104;
    public const int ErrnoNoBuffers = 105;
    public const int ErrnoInProgress = 115;
    public const int ErrnoConnectionAborted = 103;
    public const int ErrnoAddressInUse = 98;
    public const int ErrnoConnectionRefused = 111;

    public const int FromCurrentFolder = -100;
    public const int NoFollow = 0x100;
    public const uint StatxType = 1;
    public const int FileTypeMask = 0xF000;
    public const int FileTypeSocket = 0xC000;
}
