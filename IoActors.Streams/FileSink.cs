using System;
using System.Buffers;
using System.IO;
using System.Threading.Tasks;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.IO;
using Akka.Streams.Stage;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Streams;

/// <summary>
/// Writes to a file. What comes while it writes is gathered, <see cref="MostGathered"/> at the most, and written at once: a fast stream of small
/// elements is a few large writes.
/// </summary>
internal sealed class FileSink(IoClient io, string path, OpenFlags flags, SyncPolicy sync, UnixFileMode mode)
    : GraphStageWithMaterializedValue<SinkShape<ByteString>, Task<IOResult>>
{
    /// <summary>No element is asked for while so many bytes wait for the write before them.</summary>
    internal const int MostGathered = 1 << 19;

    private readonly Inlet<ByteString> _in = new("IoFile.Sink.in");

    public override SinkShape<ByteString> Shape => new(_in);

    public override ILogicAndMaterializedValue<Task<IOResult>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var result = new TaskCompletionSource<IOResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new LogicAndMaterializedValue<Task<IOResult>>(new Logic(this, io, result), result.Task);
    }

    /// <summary>Opens the file, which the sink appends to, or writes from its start.</summary>
    private Task<IoResult> Open() => io.OpenAsync(path, flags, mode).AsTask();

    /// <summary>Writes all, and has it on the device if that is wanted of each. The last result says how it went.</summary>
    private async Task<IoResult> Write(SafeFileHandle file, ReadOnlyMemory<byte> left)
    {
        while (true)
        {
            var written = await io.WriteAsync(file, left).ConfigureAwait(false);
            if (!written.IsSuccess)
            {
                return written;
            }

            left = left[(int)written.Value..];
            if (left.IsEmpty)
            {
                return sync == SyncPolicy.EachElement ? await io.FDataSyncAsync(file).ConfigureAwait(false) : written;
            }
        }
    }

    /// <summary>Ends with the file: the first thing that fails, or the close.</summary>
    private async Task<IoResult> End(SafeFileHandle file)
    {
        var synced = sync == SyncPolicy.AtEnd ? await io.FDataSyncAsync(file).ConfigureAwait(false) : null;
        var closed = await io.CloseAsync(file).ConfigureAwait(false);
        return synced is { IsSuccess: false } ? synced : closed;
    }

    /// <summary>Each element is to be on the device before the next one is asked for, or some may wait.</summary>
    private int MostWaiting => sync == SyncPolicy.EachElement ? 0 : MostGathered;

    /// <summary>Elements, one behind the other, in a pooled array.</summary>
    private sealed class Gathered
    {
        private byte[] _array = [];

        internal int Count { get; private set; }

        /// <summary>Whether there is something to be written: an empty element is, and is done at once.</summary>
        internal bool HasElements { get; private set; }

        internal ReadOnlyMemory<byte> Bytes => _array.AsMemory(0, Count);

        internal void Add(ByteString element)
        {
            if (_array.Length - Count < element.Count)
            {
                var larger = ArrayPool<byte>.Shared.Rent(Count + element.Count);
                Bytes.CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_array);
                _array = larger;
            }

            element.CopyTo(_array, Count, element.Count);
            Count += element.Count;
            HasElements = true;
        }

        internal void Clear()
        {
            Count = 0;
            HasElements = false;
        }

        internal void Return()
        {
            ArrayPool<byte>.Shared.Return(_array);
            _array = [];
            Clear();
        }
    }

    private sealed class Logic : InGraphStageLogic
    {
        private readonly FileSink _stage;
        private readonly IoClient _io;
        private readonly TaskCompletionSource<IOResult> _result;
        private readonly Action<IoResult> _opened;
        private readonly Action<IoResult> _written;
        private readonly Action<IoResult> _ended;
        private SafeFileHandle? _file;
        private bool _working;

        /// <summary>What comes after the last element: nothing yet, its end, or its failure.</summary>
        private bool _finishing;
        private Exception? _failure;

        /// <summary>What is being written, and what has come meanwhile.</summary>
        private Gathered _writing = new();
        private Gathered _next = new();
        private long _count;

        internal Logic(FileSink stage, IoClient io, TaskCompletionSource<IOResult> result)
            : base(stage.Shape)
        {
            _stage = stage;
            _io = io;
            _result = result;
            _opened = GetAsyncCallback<IoResult>(OnOpened);
            _written = GetAsyncCallback<IoResult>(OnWritten);
            _ended = GetAsyncCallback<IoResult>(OnEnded);
            SetHandler(stage._in, this);
        }

        public override void PreStart()
        {
            // The file is to be finished when the stream has ended.
            SetKeepGoing(true);
            Work(_stage.Open(), _opened);
        }

        public override void OnPush()
        {
            _next.Add(Grab(_stage._in));
            GoOn();
        }

        public override void OnUpstreamFinish()
        {
            _finishing = true;
            GoOn();
        }

        public override void OnUpstreamFailure(Exception e)
        {
            _failure = e;
            _finishing = true;
            GoOn();
        }

        public override void PostStop()
        {
            if (_file is { } file)
            {
                // Stopped from outside.
                _file = null;
                _ = _io.CloseAsync(file).AsTask();
            }

            // The write in flight has its buffer until it is answered: that one is left to the collector.
            _next.Return();
            if (!_working)
            {
                _writing.Return();
            }

            _result.TrySetResult(IOResult.Failed(_count, _failure ?? new IOException("The stream was stopped.")));
        }

        private void OnOpened(IoResult opened)
        {
            _working = false;
            if (!opened.IsSuccess)
            {
                Fail(opened);
                return;
            }

            _file = opened.Handle;
            GoOn();
        }

        private void OnWritten(IoResult written)
        {
            _working = false;
            if (!written.IsSuccess)
            {
                Fail(written);
                return;
            }

            _count += _writing.Count;
            _writing.Clear();
            GoOn();
        }

        /// <summary>Writes what there is, asks for more while there is room for it, and ends when nothing is left.</summary>
        private void GoOn()
        {
            if (_file is not { } file)
            {
                return;
            }

            if (!_working && _next.HasElements)
            {
                (_writing, _next) = (_next, _writing);
                Work(_stage.Write(file, _writing.Bytes), _written);
            }
            else if (!_working && _finishing)
            {
                _file = null;
                Work(_stage.End(file), _ended);
            }

            if (!_finishing && !HasBeenPulled(_stage._in) && (_working ? _next.Count < _stage.MostWaiting : !_next.HasElements))
            {
                Pull(_stage._in);
            }
        }

        private void OnEnded(IoResult ended)
        {
            _working = false;
            if (ended.IsSuccess && _failure is null)
            {
                _result.TrySetResult(IOResult.Success(_count));
            }
            else
            {
                _result.TrySetResult(IOResult.Failed(_count, _failure ?? new IoException(ended)));
            }

            CompleteStage();
        }

        private void Fail(IoResult result)
        {
            var failure = new IoException(result);
            _failure = failure;
            _result.TrySetResult(IOResult.Failed(_count, failure));
            FailStage(failure);
        }

        private async void Work(Task<IoResult> work, Action<IoResult> then)
        {
            _working = true;
            then(await work.ConfigureAwait(false));
        }
    }
}
