using System;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.IO;
using Akka.Streams.Stage;

namespace Akka.IoActors.Streams;

/// <summary>Reads a file, an element at a time.</summary>
internal sealed class FileSource(IoClient io, string path, int chunkSize, long startPosition, bool direct)
    : GraphStageWithMaterializedValue<SourceShape<ByteString>, Task<IOResult>>
{
    private readonly Outlet<ByteString> _out = new("IoFile.Source.out");

    public override SourceShape<ByteString> Shape => new(_out);

    public override ILogicAndMaterializedValue<Task<IOResult>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var result = new TaskCompletionSource<IOResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new LogicAndMaterializedValue<Task<IOResult>>(new Logic(this, result), result.Task);
    }

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly FileSource _stage;
        private readonly TaskCompletionSource<IOResult> _result;
        private readonly Action<IoResult> _opened;
        private readonly Action<IoResult> _read;
        private readonly IoClient _io;
        private Microsoft.Win32.SafeHandles.SafeFileHandle? _file;
        private Memory<byte> _buffer;
        private long _count;
        private bool _reading;

        internal Logic(FileSource stage, TaskCompletionSource<IOResult> result)
            : base(stage.Shape)
        {
            _stage = stage;

            // What is cached is read at once: nobody else changes the file through this client.
            _io = stage.Io.InlineCachedReads;
            _result = result;
            _opened = GetAsyncCallback<IoResult>(OnOpened);
            _read = GetAsyncCallback<IoResult>(OnRead);
            SetHandler(stage._out, this);
        }

        public override void PreStart() => Await(_io.OpenAsync(_stage.Path, OpenFlags.ReadOnly | (_stage.Direct ? OpenFlags.Direct : 0)), _opened);

        public override void OnPull() => ReadOn();

        public override void PostStop()
        {
            if (_file is { } file)
            {
                // Behind a read that may still be in flight.
                _ = _io.CloseAsync(file).AsTask();
            }

            _result.TrySetResult(IOResult.Success(_count));
        }

        private void OnOpened(IoResult opened)
        {
            if (!opened.IsSuccess)
            {
                Fail(opened);
                return;
            }

            _file = opened.Handle;
            if (IsAvailable(_stage._out))
            {
                ReadOn();
            }
        }

        private void ReadOn()
        {
            if (_file is not null && !_reading)
            {
                _reading = true;
                _buffer = _stage.Direct ? IoMemory.Allocate(_stage.ChunkSize) : new byte[_stage.ChunkSize];
                var read = _io.PReadAsync(_file, _buffer, _stage.StartPosition + _count);
                if (read.IsCompletedSuccessfully)
                {
                    OnRead(read.Result);
                }
                else
                {
                    Await(read, _read);
                }
            }
        }

        private void OnRead(IoResult read)
        {
            _reading = false;
            if (!read.IsSuccess)
            {
                Fail(read);
            }
            else if (read.Value == 0)
            {
                CompleteStage();
            }
            else
            {
                _count += read.Value;
                Push(_stage._out, BytesOf(_buffer[..(int)read.Value]));
            }
        }

        private static ByteString BytesOf(ReadOnlyMemory<byte> bytes) =>
            MemoryMarshal.TryGetArray(bytes, out var segment) ? ByteString.FromBytes(segment) : ByteString.FromBytes(bytes.ToArray());

        private void Fail(IoResult result)
        {
            var failure = new IoException(result);
            _result.TrySetResult(IOResult.Failed(_count, failure));
            FailStage(failure);
        }

        private static async void Await(ValueTask<IoResult> task, Action<IoResult> then) => then(await task.ConfigureAwait(false));
    }

    private IoClient Io => io;

    private string Path => path;

    private int ChunkSize => chunkSize;

    private long StartPosition => startPosition;

    private bool Direct => direct;
}
