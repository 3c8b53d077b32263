using System.Net;
using System.Net.Sockets;
using System.Text;
using Weir.Reactor.Buffers;
using Weir.Reactor.Sockets;

namespace Weir.Reactor.Tests.Sockets;

/// <summary>Datagrams of a loop: several with a call, each whole or not at all, answered from the address that was written to.</summary>
public sealed class DatagramTests : IDisposable
{
    private readonly TestLoop _loop = new();
    private readonly ListeningSocket _bound = ListeningSocket.Bind(SocketAddress.From(new IPEndPoint(IPAddress.Any, 0)), ListeningSocket.Datagrams);

    public void Dispose()
    {
        _bound.Dispose();
        _loop.Dispose();
    }

    [Fact]
    public void WhatDoesNotFitIsNotPassedOnAndTheOthersStayInOrder()
    {
        using var client = Client();
        var seen = new List<string>();
        var truncated = 0;
        var leased = 0;
        Serve(
            socket =>
            {
                // Places of 1024 bytes, four to a buffer.
                var batch = new DatagramBatch(_loop.Loop.Buffers, BufferSize.Tiny, 1024);
                while (socket.TryReceive(batch, 6) > 0)
                {
                    truncated += batch.Truncated;
                    for (var i = 0; i < batch.Count; i++) seen.Add(Encoding.ASCII.GetString(batch.Data(i)));
                    batch.Clear();
                }

                batch.Release();
                leased = _loop.Loop.Buffers.Leased;
            },
            () =>
            {
                for (var i = 0; i < 10; i++)
                {
                    client.Send(Encoding.ASCII.GetBytes($"{i}"));
                    if (i % 3 == 0) client.Send(new byte[i == 0 ? 1025 : 5000]);
                }
            });
        seen.ShouldBe(Enumerable.Range(0, 10).Select(static i => $"{i}"));
        truncated.ShouldBe(4);
        leased.ShouldBe(0);
    }

    [Fact]
    public void ManyAreSentWithOneCallToTheirOwnReceivers()
    {
        using var a = Client();
        using var b = Client(IPAddress.Parse("127.0.0.5"));
        Serve(
            socket =>
            {
                var batch = new DatagramBatch(_loop.Loop.Buffers);
                socket.TryReceive(batch, DatagramBatch.Capacity).ShouldBe(4);
                socket.MayBeReadable.ShouldBeFalse();
                batch.IsSamePath(0, 1).ShouldBeTrue();
                batch.IsSamePath(1, 2).ShouldBeFalse();
                batch.Own(3).ToString().ShouldBe("127.0.0.5:0");
                batch.Sender(0).ShouldBe(PeerAddress.From(((IPEndPoint)a.LocalEndPoint!).Address, ((IPEndPoint)a.LocalEndPoint).Port));
                for (var i = 0; i < 4; i++) batch.Address(i, 1, batch.PathTo(i));
                socket.TrySend(batch, 0, 4, out var stop).ShouldBe(4);
                stop.ShouldBe(SendStop.None);
                batch.Release();
            },
            () =>
            {
                for (var i = 0; i < 2; i++) a.Send(Encoding.ASCII.GetBytes($"a{i}"));
                for (var i = 0; i < 2; i++) b.Send(Encoding.ASCII.GetBytes($"b{i}"));
            });
        foreach (var (client, name) in new[] { (a, "a"), (b, "b") })
            for (var i = 0; i < 2; i++) Receive(client).ShouldBe($"{name}{i}");
    }

    [Fact]
    public void ASocketWhoseOtherEndIsNotThereSaysSoOnceAndCanBeUsedAgain()
    {
        var nobody = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var gone = SocketAddress.From((IPEndPoint)nobody.LocalEndPoint!);
        nobody.Dispose();
        var target = new Target();
        var failed = new ManualResetEventSlim();
        DatagramSocket? socket = null;
        DatagramBatch? batch = null;
        target.Action = () =>
        {
            if (socket!.TryReceive(batch!, 4) == Transport.Failed) failed.Set();
        };
        _loop.Do(() =>
        {
            socket = new DatagramSocket(_loop.Loop, target);
            batch = new DatagramBatch(_loop.Loop.Buffers);
            socket.TryConnect(gone, out _).ShouldBeTrue();
            Fill(batch);
            socket.TrySend(batch, 0, 1, out _).ShouldBe(1);
        });
        failed.Wait(TimeSpan.FromSeconds(10)).ShouldBeTrue();
        _loop.Do(() =>
        {
            socket!.TryReceive(batch!, 4).ShouldBe(Transport.WouldBlock);
            socket.Close();
            socket.IsOpen.ShouldBeFalse();
            socket.TryConnect(SocketAddress.From(new IPEndPoint(IPAddress.Loopback, _bound.Address.Port)), out _).ShouldBeTrue();
            socket.TrySend(batch!, 0, 1, out var stop).ShouldBe(1);
            stop.ShouldBe(SendStop.None);
            socket.Close();
            batch!.Release();
        });
    }

    // An empty datagram of its own, to have something to send.
    private void Fill(DatagramBatch batch)
    {
        using var client = Client();
        client.Send(Array.Empty<byte>());
        var socket = new DatagramSocket(_loop.Loop, new Target());
        socket.TryListen(_bound).ShouldBeTrue();
        SpinWait.SpinUntil(() => batch.Count > 0 || TryTake(socket, batch), TimeSpan.FromSeconds(10)).ShouldBeTrue();
        socket.Close();
    }

    private static bool TryTake(DatagramSocket socket, DatagramBatch batch)
    {
        ((IEventSource)socket).OnEvent(0);
        return socket.TryReceive(batch, 1) > 0;
    }

    private Socket Client(IPAddress? to = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
        socket.Connect(new IPEndPoint(to ?? IPAddress.Loopback, _bound.Address.Port));
        return socket;
    }

    private static string Receive(Socket client)
    {
        var buffer = new byte[100];
        return Encoding.ASCII.GetString(buffer, 0, client.Receive(buffer));
    }

    // All is sent before the loop looks: on loopback it is there when the call returns.
    private void Serve(Action<DatagramSocket> serve, Action send)
    {
        send();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var target = new Target();
        DatagramSocket? socket = null;
        target.Action = () =>
        {
            try
            {
                serve(socket!);
                done.SetResult();
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }

            socket!.Close();
        };
        _loop.Do(() =>
        {
            socket = new DatagramSocket(_loop.Loop, target);
            socket.TryListen(_bound).ShouldBeTrue();
        });
        done.Task.WaitAsync(TimeSpan.FromSeconds(10)).GetAwaiter().GetResult();
    }

    private sealed class Target : IDatagramTarget
    {
        public Action Action { get; set; } = static () => { };

        public void OnReadable() => Action();
    }
}
