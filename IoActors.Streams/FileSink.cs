using System;
using System.IO;
using System.Threading.Tasks;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.IO;
using Akka.Streams.Stage;
using Microsoft.Win32.SafeHandles;

namespace Akka.IoActors.Streams;

/// <summary>Writes to a file, an element at a time.</summary>
internal sealed class FileSink(IoClient io, string path, OpenFlags flags, SyncPolicy sync, UnixFileMode mode)
    : GraphStageWithMaterializedValue<SinkShape<ByteString>, Task<IOResult>>
{
    private readonly Inlet<ByteString> _in = new("IoFile.Sink.in");

    public override SinkShape<ByteString> Shape => new(_in);

    public override ILogicAndMaterializedValue<Task<IOResult>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var result = new TaskCompletionSource<IOResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new LogicAndMaterializedValue<Task<IOResult>>(new Logic(this, io, result), result.Task);
    }

    /// <summary>Opens the file, which the sink appends to, or writes from its start.</summary>
    private Task<IoResult> Open() => io.OpenAsync(path, flags, mode).AsTask();

    /// <summary>Writes an element, and has it on the device if that is wanted of each. The last result says how it went.</summary>
    private async Task<IoResult> Write(SafeFileHandle file, byte[] bytes)
    {
        ReadOnlyMemory<byte> left = bytes;
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
        private int _writing;
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
            var bytes = Grab(_stage._in).ToArray();
            _writing = bytes.Length;
            Work(_stage.Write(_file!, bytes), _written);
        }

        public override void OnUpstreamFinish()
        {
            _finishing = true;
            FinishIfIdle();
        }

        public override void OnUpstreamFailure(Exception e)
        {
            _failure = e;
            _finishing = true;
            FinishIfIdle();
        }

        public override void PostStop()
        {
            if (_file is { } file)
            {
                // Stopped from outside.
                _file = null;
                _ = _io.CloseAsync(file).AsTask();
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

            _count += _writing;
            GoOn();
        }

        private void GoOn()
        {
            if (_finishing)
            {
                FinishIfIdle();
            }
            else
            {
                Pull(_stage._in);
            }
        }

        private void FinishIfIdle()
        {
            if (!_working && _file is { } file)
            {
                _file = null;
                Work(_stage.End(file), _ended);
            }
        }

        private void OnEnded(IoResult ended)
        {
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
