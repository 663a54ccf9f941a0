using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Sockets;

/// <summary>One connected socket that speaks Akka.IO's protocol, on the loop that owns its descriptor.</summary>
/// <remarks>
/// <code>
/// Naming ─▶ Waiting ── Register ──▶ Open ── close, error, handler dead ─▶ Ending ── the Close is answered ─▶ stopped
///              │                     │                                      ▲
///              │                     ├── Close, and writes wait ────────────┤
///              │                     └── ConfirmedClose: until the peer ends ┤
///              └── timeout, commander dead ──────────────────────────────────┘
/// </code>
/// One receive and one send are in flight at the most. A receive holds no buffer while there is nothing to be had.
/// </remarks>
internal sealed class TcpConnection : ActorBase
{
    /// <summary>SO_LINGER, on, for 0 seconds: the close resets the connection.</summary>
    private static readonly byte[] s_reset = [1, 0, 0, 0, 0, 0, 0, 0];

    private static readonly IOException s_closing = new("The connection is closing.");
    private static readonly IOException s_suspended = new("Writing is suspended: it waits for a ResumeWriting.");
    private static readonly ArgumentException s_unknown = new("Only Write, WriteFile and CompoundWrite of these can be sent.");
    private static readonly IOException s_full = new("The queue of writes is full.");

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IActorRef _backend;
    private readonly NewConnection _connection;
    private readonly int _fd;
    private readonly RecvPooled _receive;
    private readonly TcpWrites _writes;

    private Stage _stage = Stage.Naming;
    private IActorRef _handler = ActorRefs.Nobody;
    private bool _keepsOpen;
    private bool _suspendsWriting;

    private bool _receiving;
    private bool _readingSuspended;
    private bool _peerClosed;

    /// <summary>What came while reading was suspended; empty for the peer's end.</summary>
    private byte[]? _held;

    /// <summary>The operation that sends, or a step of it.</summary>
    private IoOperation? _sending;
    private bool _outputShutdown;
    private bool _writingSuspended;
    private IActorRef? _resumer;

    /// <summary>The file that is being sent, who wants it to be, the open file, and how much of it is through.</summary>
    private WriteFile? _file;
    private IActorRef _fileSender = ActorRefs.Nobody;
    private SafeFileHandle? _fileHandle;
    private long _fileSent;

    /// <summary>How the connection ends, once what waits has been written; null while nobody wants that.</summary>
    private Tcp.ConnectionClosed? _closing;
    private IActorRef _closer = ActorRefs.Nobody;

    /// <summary>How it has ended.</summary>
    private Tcp.ConnectionClosed? _closed;

    internal TcpConnection(IoLoop loop, NewConnection connection)
    {
        _backend = loop.Backend;
        _connection = connection;
        _fd = connection.Fd;
        _receive = new RecvPooled(_fd, copies: true) { Timeout = Timeout.InfiniteTimeSpan };
        _writes = new TcpWrites(connection.Settings.WriteCommandsQueueMaxSize);
        _readingSuspended = connection.PullMode;
    }

    private enum Stage
    {
        Naming,
        Waiting,
        Open,
        Ending,
    }

    protected override void PreStart()
    {
        Context.Watch(_connection.Commander);
        if (_connection.Remote is not UnixDomainSocketEndPoint)
        {
            _backend.Tell(new SetSockOpt(_fd, SocketOption.NoDelay, 1), Self);
        }

        _backend.Tell(new GetSockName(_fd), Self);
    }

    protected override void PostRestart(Exception reason) =>
        throw new InvalidOperationException("A connection does not start again: its socket is gone.");

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case IoResult { Operation: RecvPooled } received:
                OnReceived(received);
                return true;
            case IoResult { Operation: Send or Open or SendFile } sent when sent.Operation == _sending:
                OnSent(sent);
                return true;
            case IoResult { Operation: GetSockName } named when _stage == Stage.Naming:
                OnNamed(named.IsSuccess ? named.Address : null);
                return true;
            case IoResult { Operation: Close close } when close.Descriptor == (Descriptor)_fd:
                Context.Stop(Self);
                return true;
            case IoResult result:
                if (!result.IsSuccess)
                {
                    _log.Debug("{0}", result);
                }

                return true;
            case Tcp.WriteCommand write:
                OnWrite(write);
                return true;
            case Tcp.Register register when _stage == Stage.Waiting:
                OnRegister(register);
                return true;
            case Tcp.CloseCommand close when _stage != Stage.Ending:
                OnClose(close.Event, Sender);
                return true;
            case Tcp.ResumeReading:
                _readingSuspended = false;
                ReadOn();
                return true;
            case Tcp.SuspendReading:
                _readingSuspended = true;
                return true;
            case Tcp.ResumeWriting:
                OnResumeWriting();
                return true;
            case ReceiveTimeout when _stage == Stage.Waiting:
                _log.Debug("Nobody has registered within {0}: the connection is closed.", _connection.Settings.RegisterTimeout);
                End(Tcp.Aborted.Instance);
                return true;
            case Terminated when _stage != Stage.Ending:
                // After a FIN a reset would throw away what the kernel has not sent yet.
                End(_outputShutdown ? Tcp.Closed.Instance : Tcp.Aborted.Instance);
                return true;
            case Tcp.CloseCommand or Terminated or ReceiveTimeout:
                return true;
            default:
                return false;
        }
    }

    protected override void PostStop()
    {
        if (_stage != Stage.Ending)
        {
            // Stopped from outside, or by a fault.
            End(_closed ?? Tcp.Aborted.Instance);
        }

        if (_file is not null)
        {
            EndFile(s_closing);
        }

        _writes.Fail(Self, s_closing);
        _handler.Tell(_closed, Self);
        if (!_closer.Equals(_handler))
        {
            _closer.Tell(_closed, Self);
        }

        _connection.Listener.Tell(TcpListener.ConnectionEnded.Instance, Self);
    }

    private void OnNamed(EndPoint? local)
    {
        try
        {
            SocketOptionsOf.Apply(_fd, _connection.Options, static (option, socket) => option.AfterConnect(socket));
        }
        catch (SocketException e)
        {
            _log.Warning("An option of the connection to {0} is refused: {1}", _connection.Remote, e.Message);
        }

        _stage = Stage.Waiting;
        Context.SetReceiveTimeout(_connection.Settings.RegisterTimeout);
        _connection.Commander.Tell(new Tcp.Connected(_connection.Remote, local), Self);
    }

    private void OnRegister(Tcp.Register register)
    {
        _stage = Stage.Open;
        Context.SetReceiveTimeout(null);
        _handler = register.Handler;
        _keepsOpen = register.KeepOpenOnPeerClosed;
        _suspendsWriting = register.UseResumeWriting;
        if (!_handler.Equals(_connection.Commander))
        {
            Context.Unwatch(_connection.Commander);
            Context.Watch(_handler);
        }

        ReadOn();
        SendOn();
    }

    // ---- reading -------------------------------------------------------------------------------

    /// <summary>Has the next bytes come, unless that is not wanted, or under way.</summary>
    private void ReadOn()
    {
        if (_stage != Stage.Open || _readingSuspended || _receiving || _peerClosed)
        {
            return;
        }

        if (_held is { } held)
        {
            _held = null;
            Deliver(held);
            return;
        }

        _receiving = true;
        _backend.Tell(_receive, Self);
    }

    private void OnReceived(IoResult received)
    {
        _receiving = false;
        if (_stage == Stage.Ending)
        {
            return;
        }

        if (!received.IsSuccess)
        {
            Fail(received.Error);
        }
        else if (_readingSuspended)
        {
            _held = BytesOf(received);
        }
        else
        {
            Deliver(BytesOf(received));
        }
    }

    private static byte[] BytesOf(IoResult received) => received is BytesResult { Bytes: var bytes } ? bytes : [];

    private void Deliver(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            OnPeerClosed();
            return;
        }

        _handler.Tell(new Tcp.Received(ByteString.FromBytes(bytes)), Self);
        _readingSuspended |= _connection.PullMode;
        ReadOn();
    }

    private void OnPeerClosed()
    {
        _peerClosed = true;
        if (_outputShutdown)
        {
            End(Tcp.ConfirmedClosed.Instance);
        }
        else if (_keepsOpen && _closing is null)
        {
            _handler.Tell(Tcp.PeerClosed.Instance, Self);
        }
        else
        {
            OnClose(Tcp.PeerClosed.Instance, _closer);
        }
    }

    // ---- writing -------------------------------------------------------------------------------

    private void OnWrite(Tcp.WriteCommand write)
    {
        if (_stage == Stage.Ending || _closing is not null || _outputShutdown)
        {
            Sender.Tell(write.FailureMessage.WithCause(s_closing), Self);
        }
        else if (!TcpWrites.Knows(write))
        {
            Sender.Tell(write.FailureMessage.WithCause(s_unknown), Self);
        }
        else if (_writingSuspended)
        {
            Sender.Tell(write.FailureMessage.WithCause(s_suspended), Self);
        }
        else if (!_writes.TryAdd(write, Sender))
        {
            _writingSuspended = _suspendsWriting;
            Sender.Tell(write.FailureMessage.WithCause(s_full), Self);
        }
        else
        {
            SendOn();
        }
    }

    private void OnResumeWriting()
    {
        if (_stage != Stage.Open)
        {
            return;
        }

        _writingSuspended = false;
        if (_sending is null && _writes.IsEmpty)
        {
            Sender.Tell(Tcp.WritingResumed.Instance, Self);
        }
        else if (_resumer is null)
        {
            _resumer = Sender;
        }
        else
        {
            // Two writers cannot both be told when it is their turn: one of them has not been heard yet.
            Sender.Tell(Tcp.ResumeWriting.Instance.FailureMessage, Self);
        }
    }

    /// <summary>Sends what waits, unless something is being sent.</summary>
    private void SendOn()
    {
        while (_stage == Stage.Open && _sending is null && !_writes.IsEmpty)
        {
            if (_writes.TryTakeFile(out var file, out _fileSender))
            {
                _file = file;
                StartSending(new Open(file.Path, OpenFlags.ReadOnly));
            }
            else if (_writes.Gather() is { IsEmpty: false } bytes)
            {
                StartSending(new Send(_fd, bytes));
            }
            else
            {
                _writes.Sent(Self);
            }
        }

        if (_sending is null && _resumer is { } resumer && _stage == Stage.Open)
        {
            _resumer = null;
            resumer.Tell(Tcp.WritingResumed.Instance, Self);
        }
    }

    private void StartSending(IoOperation operation)
    {
        _sending = operation;
        _backend.Tell(operation, Self);
    }

    private void OnSent(IoResult sent)
    {
        _sending = null;
        switch (sent.Operation)
        {
            case Open when !sent.IsSuccess:
                EndFile(new IoException(sent));
                break;
            case Open:
                _fileHandle = sent.Handle;
                if (_stage == Stage.Open)
                {
                    _fileSent = 0;
                    SendFileOn();
                    return;
                }

                EndFile(s_closing);
                break;
            case SendFile when OnFileSent(sent):
                return;
            case SendFile:
                break;
            case Send send when sent.IsSuccess && sent.Value < send.Buffer.Length && _stage == Stage.Open:
                // An error stood in the way of the rest, and comes with that.
                StartSending(new Send(_fd, send.Buffer[(int)sent.Value..]));
                return;
            case Send send when sent.IsSuccess && sent.Value < send.Buffer.Length:
                _writes.ReturnBuffer();
                break;
            case Send when sent.IsSuccess:
                _writes.Sent(Self);
                break;
            default:
                _writes.ReturnBuffer(isSafe: !sent.OutcomeUnknown);
                Fail(sent.Error);
                return;
        }

        SendOn();
        if (_sending is null && _closing is { } closing && _stage == Stage.Open)
        {
            CloseNow(closing);
        }
    }

    /// <returns>Whether the file goes on, or the connection has ended.</returns>
    private bool OnFileSent(IoResult sent)
    {
        if (!sent.IsSuccess)
        {
            EndFile(new IoException(sent));
            Fail(sent.Error);
            return true;
        }

        _fileSent += sent.Value;
        if (_fileSent == _file!.Count)
        {
            EndFile(null);
        }
        else if (_stage != Stage.Open)
        {
            EndFile(s_closing);
        }
        else if (sent.Value > 0)
        {
            // The file ends here, or an error stood in the way: the next says which.
            SendFileOn();
            return true;
        }
        else
        {
            EndFile(new EndOfStreamException(FormattableString.Invariant($"{_file} has sent {_fileSent} bytes: the file ends there.")));
        }

        return false;
    }

    private void SendFileOn() =>
        StartSending(new SendFile(_fd, _fileHandle!, _file!.Position + _fileSent, _file.Count - _fileSent));

    private void EndFile(Exception? failure)
    {
        if (_fileHandle is { } handle)
        {
            _backend.Tell(new Close(handle), Self);
            _fileHandle = null;
        }

        if (failure is not null)
        {
            _fileSender.Tell(_file!.FailureMessage.WithCause(failure), Self);
        }
        else if (_file!.WantsAck)
        {
            _fileSender.Tell(_file.Ack, Self);
        }

        _file = null;
    }

    // ---- closing -------------------------------------------------------------------------------

    private void OnClose(Tcp.ConnectionClosed closed, IActorRef closer)
    {
        _closer = closer;
        if (closed is Tcp.Aborted || _stage != Stage.Open)
        {
            End(closed);
        }
        else if (_sending is not null || !_writes.IsEmpty)
        {
            // The handler may stop now: what it has written is written all the same.
            _closing = closed;
            Context.Unwatch(_handler);
        }
        else
        {
            CloseNow(closed);
        }
    }

    private void CloseNow(Tcp.ConnectionClosed closed)
    {
        if (closed is not Tcp.ConfirmedClosed || _peerClosed)
        {
            End(closed);
        }
        else if (!_outputShutdown)
        {
            // It may wait for long, and for nobody if the handler has gone: who was let go meanwhile is watched again.
            Context.Watch(_handler);
            _outputShutdown = true;
            _closing = closed;
            _backend.Tell(new Shutdown(_fd, SocketShutdown.Send), Self);
            ReadOn();
        }
    }

    private void Fail(Errno error)
    {
        if (_stage != Stage.Ending)
        {
            // As strerror(3) says it, and .NET's SocketException.
            End(new Tcp.ErrorClosed(error.Description()));
        }
    }

    /// <summary>Closes the socket; the actor stops when that is answered, and with it all that was in flight.</summary>
    private void End(Tcp.ConnectionClosed closed)
    {
        _stage = Stage.Ending;
        _closed = closed;
        if (closed is Tcp.Aborted)
        {
            _backend.Tell(new SetSockOpt(_fd, SocketOption.Linger, s_reset), Self);
        }

        if (_sending is { } sending)
        {
            _backend.Tell(new Cancel(sending), Self);
        }

        _backend.Tell(new Close(_fd), Self);
    }
}
