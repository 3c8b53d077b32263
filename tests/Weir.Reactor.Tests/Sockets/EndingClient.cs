namespace Weir.Reactor.Tests.Sockets;

/// <summary>The client's part in every <see cref="Ending"/>, many connections at a time.</summary>
internal static class EndingClient
{
    private const int AtOnce = 48;

    /// <summary>Opens and ends so many connections, all endings in turn.</summary>
    public static void Run(int port, int count, int seed)
    {
        var open = new List<(int Fd, Ending Ending)>(AtOnce);
        for (var i = 0; i < count; i++)
        {
            var ending = (Ending)(i % (int)Ending.Count);
            // A full buffer costs a hundred times what the others do.
            if (ending is Ending.CloseWhileWriting or Ending.ResetWhileWriting && i / (int)Ending.Count % 16 != 0) ending = Ending.ClientFin;
            open.Add((Begin(port, ending, (seed * 100) + i), ending));
            if (open.Count < AtOnce && i < count - 1) continue;
            foreach (var (fd, its) in open) End(fd, its);
            open.Clear();
        }
    }

    private static int Begin(int port, Ending ending, int spread)
    {
        var fd = RawClient.Connect(port, spread, smallWindow: ending is Ending.CloseWhileWriting or Ending.ResetWhileWriting);
        switch (ending)
        {
            case Ending.ResetBeforeAccept:
                RawClient.Reset(fd);
                return -1;
            case Ending.DataAndFin or Ending.HalfClose:
                RawClient.Send(fd, (byte)ending, 500);
                RawClient.Finish(fd);
                return fd;
            case Ending.ClientFin:
                RawClient.Send(fd, (byte)ending);
                RawClient.Finish(fd);
                return fd;
            case Ending.ServerCloseUnread or Ending.SpliceLeftover:
                RawClient.Send(fd, (byte)ending, 101);
                return fd;
            default:
                RawClient.Send(fd, (byte)ending);
                return fd;
        }
    }

    private static void End(int fd, Ending ending)
    {
        switch (ending)
        {
            case Ending.ResetBeforeAccept:
                return;
            case Ending.ClientReset or Ending.ResetWhileWriting:
                RawClient.ReadOne(fd);
                RawClient.Reset(fd);
                return;
            case Ending.CloseWhileWriting:
                RawClient.ReadOne(fd);
                RawClient.Close(fd);
                return;
            case Ending.DataAndFin:
                Expect(ending, RawClient.ReadToEnd(fd), 499);
                break;
            case Ending.HalfClose:
                Expect(ending, RawClient.ReadToEnd(fd), 3);
                break;
            case Ending.SpliceLeftover:
                Expect(ending, RawClient.ReadToEnd(fd), 60);
                break;
            case Ending.ServerReset:
                Expect(ending, RawClient.ReadToEnd(fd), -104);
                break;
            case Ending.ServerCloseUnread:
                Expect(ending, RawClient.ReadToEnd(fd), -104);
                break;
            default:
                Expect(ending, RawClient.ReadToEnd(fd), 0);
                break;
        }

        RawClient.Close(fd);
    }

    private static void Expect(Ending ending, int actual, int expected) => actual.ShouldBe(expected, ending.ToString());
}
