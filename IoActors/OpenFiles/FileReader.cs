using System;
using System.Collections.Generic;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Native;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.OpenFiles;

/// <summary>Reads a file from one end to the other, as many blocks or lines as it is asked for. On the loop of its file, if that is of this node.</summary>
internal sealed class FileReader : ActorBase
{
    private const int MaxSize = 1 << 20;

    // What one operation reads at the least: lines are short.
    private const int ChunkSize = 65536;

    /// <summary>The backend, which reads the descriptor; or a file of another node, which has none here.</summary>
    private readonly IActorRef _source;
    private readonly SafeFileHandle? _file;
    private readonly string _path;
    private readonly IActorRef _requester;
    private readonly bool _remote;
    private readonly bool _lines;
    private readonly int _size;

    private readonly Queue<(IActorRef Sender, Files.Demand Demand)> _demands = new();

    /// <summary>Of the first demand, how much has been answered.</summary>
    private int _answered;

    /// <summary>Bytes that have been read and not given away: from <see cref="_start"/> to <see cref="_end"/>.</summary>
    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <summary>So many of them have been looked at for the end of a line.</summary>
    private int _looked;

    /// <summary>Where in the file they start.</summary>
    private long _position;
    private bool _atEnd;
    private bool _reading;

    private FileReader(IActorRef source, SafeFileHandle? file, string path, Files.Command command, IActorRef requester, bool remote)
    {
        _source = source;
        _file = file;
        _remote = remote;
        _path = path;
        _requester = requester;
        (_lines, _size, _position) = command switch
        {
            Files.ReadLines lines => (true, lines.MaxLength, lines.Offset),
            var other => (false, ((Files.ReadBlocks)other).Size, ((Files.ReadBlocks)other).Offset),
        };
    }

    internal static void CheckSize(int size, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(size))] string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MaxSize, name);
    }

    protected override void PreStart()
    {
        if (!_requester.IsTemporary())
        {
            Context.Watch(_requester);
        }
    }

    protected override void PostStop()
    {
        while (_demands.TryDequeue(out var asked))
        {
            Tell(asked, FileFailures.Of(asked.Demand, _path, Errno.ECANCELED, "the reader has ended"));
        }
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Files.Command { IsRemote: true } command when !_remote:
                Sender.Tell(FileFailures.Remote(command, _path), Self);
                return true;
            case Files.Demand demand:
                _demands.Enqueue((Sender, demand));
                GoOn();
                return true;
            case IoResult { IsSuccess: true } result:
                OnRead(result.Value);
                return true;
            case IoResult result:
                End(asked => FileFailures.Of(asked, _path, result.Error, result.Error.Description()));
                return true;
            case Files.Data data:
                data.Bytes.CopyTo(_buffer, _end, data.Bytes.Count);
                OnRead(data.Bytes.Count);
                return true;
            case Files.Failed failed:
                End(asked => failed with { Command = nameof(Files.Demand), Tag = asked.Tag });
                return true;
            case Files.Close close:
                Sender.Tell(new Files.Closed { Tag = close.Tag }, Self);
                Context.Stop(Self);
                return true;
            case Files.Command command:
                Sender.Tell(FileFailures.Of(command, _path, Errno.EINVAL, "a reader takes Demand and Close"), Self);
                return true;
            case Terminated:
                Context.Stop(Self);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Gives away what there is, and reads on if that is not enough.</summary>
    private void GoOn()
    {
        while (_demands.Count > 0 && !_reading)
        {
            if (TryCut(out var length, out var taken))
            {
                var bytes = ByteString.CopyFrom(_buffer.AsMemory(_start, length));
                Files.Event item = _lines ? new Files.Line(_position, bytes) : new Files.Block(_position, bytes);
                _start += taken;
                _position += taken;
                _looked = 0;
                Deliver(item);
            }
            else if (_lines && _end - _start > _size + 1)
            {
                End(asked => FileFailures.Of(asked, _path, Errno.EMSGSIZE, FormattableString.Invariant(
                    $"the line at {_position} is longer than {_size} bytes")));
            }
            else if (_atEnd)
            {
                End(asked => new Files.EndOfFile(_position) { Tag = asked.Tag });
            }
            else
            {
                ReadOn();
            }
        }
    }

    /// <summary>Finds the next block or line in what has been read.</summary>
    private bool TryCut(out int length, out int taken)
    {
        var there = _buffer.AsSpan(_start, _end - _start);
        if (!_lines)
        {
            length = taken = int.Min(_size, there.Length);
            return length == _size || (_atEnd && length > 0);
        }

        var found = there[_looked..].IndexOf((byte)'\n');
        if (found >= 0)
        {
            length = _looked + found;
            taken = length + 1;
            length -= length > 0 && there[length - 1] == '\r' ? 1 : 0;
            return length <= _size;
        }

        _looked = there.Length;
        length = taken = there.Length;
        return _atEnd && length > 0 && length <= _size;
    }

    private void ReadOn()
    {
        // Room for a block, or for a line with its end and one byte more, which shows that it is too long.
        var room = Math.Max(_size + 2, ChunkSize);
        if (_buffer.Length == 0)
        {
            _buffer = new byte[room];
        }
        else if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        _reading = true;
        _source.Tell(
            _file is null ? new Files.PRead(_buffer.Length - _end, _position + _end) : new PRead(_file, _buffer.AsMemory(_end), _position + _end),
            Self);
    }

    private void OnRead(long count)
    {
        _reading = false;
        _atEnd = count == 0;
        _end += (int)count;
        GoOn();
    }

    private void Deliver(Files.Event item)
    {
        var asked = _demands.Peek();
        Tell(asked, item with { Tag = asked.Demand.Tag });
        if (++_answered == asked.Demand.Count)
        {
            _demands.Dequeue();
            _answered = 0;
        }
    }

    private void End(Func<Files.Demand, Files.Event> answer)
    {
        while (_demands.TryDequeue(out var asked))
        {
            Tell(asked, answer(asked.Demand));
        }

        Context.Stop(Self);
    }

    private void Tell((IActorRef Sender, Files.Demand Demand) asked, Files.Event answer) => asked.Sender.Tell(answer, Self);

    internal sealed class Producer(IActorRef source, SafeFileHandle? file, string path, Files.Command command, IActorRef requester, bool remote)
        : IIndirectActorProducer
    {
        public Type ActorType => typeof(FileReader);

        public ActorBase Produce() => new FileReader(source, file, path, command, requester, remote);

        public void Release(ActorBase actor)
        {
        }
    }
}
