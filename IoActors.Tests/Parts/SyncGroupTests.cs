using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Akka.Actor;
using Akka.Configuration;
using Akka.IoActors.Operations;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Akka.IoActors.Tests.Parts;

/// <summary>Group commit, with an executor that does nothing until it is told.</summary>
public sealed class SyncGroupTests : IDisposable
{
    private readonly SafeFileHandle _file = File.OpenHandle(
        Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);

    private readonly Manual _executor = new();
    private readonly Replies _replies = new();
    private readonly OperationTable _table;

    /// <summary>A table with its executor.</summary>
    public SyncGroupTests()
    {
        _table = new OperationTable(IoSettings.Parse(ConfigurationFactory.Empty), () => { }, (_, _) => { })
        {
            Buffers = new BufferPool(1, 64, () => { }),
        };
        _table.UseExecutor(_executor);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _table.Dispose();
        _file.Dispose();
    }

    /// <summary>By its number: a Close is only made believe here.</summary>
    private int Fd => (int)_file.DangerousGetHandle();

    [Fact]
    public void Syncs_that_come_while_one_is_under_way_share_the_next()
    {
        var syncs = Submit(Enumerable.Range(0, 64).Select(_ => (IoOperation)new FDataSync(Fd)));
        Assert.Equal([syncs[0]], _executor.Started);
        _executor.End(_table, syncs[0], 0);
        Assert.Equal([syncs[0]], _replies.Of(0));
        Assert.Equal([syncs[0], syncs[1]], _executor.Started);
        _executor.End(_table, syncs[1], 0);
        Assert.Equal(syncs, _replies.Of(0));
        Assert.Equal(2, _executor.Started.Count);
        Assert.Equal(0, _table.Unanswered);
    }

    [Fact]
    public void A_failed_one_is_told_to_all_that_it_stood_for()
    {
        var syncs = Submit([new FSync(Fd), new FSync(Fd), new FSync(Fd)]);
        _executor.End(_table, syncs[0], 0);
        _executor.End(_table, syncs[1], -(long)Errno.EIO);
        Assert.Equal(syncs[1..], _replies.Of(-(long)Errno.EIO));
    }

    [Fact]
    public void An_FDataSync_stands_for_no_FSync()
    {
        var syncs = Submit([new FDataSync(Fd), new FDataSync(Fd), new FSync(Fd), new FDataSync(Fd)]);
        _executor.End(_table, syncs[0], 0);
        Assert.Equal([syncs[0], syncs[2]], _executor.Started);
        _executor.End(_table, syncs[2], 0);
        Assert.Equal(4, _replies.Of(0).Count);
    }

    [Fact]
    public void The_end_of_a_cancelled_one_is_its_own_affair()
    {
        var syncs = Submit([new FSync(Fd), new FSync(Fd), new FSync(Fd)]);
        _executor.End(_table, syncs[0], 0);

        // The second is carried out for the third; it is cancelled, and the third carried out after all.
        Assert.Equal(0, _table.Cancel(syncs[1]));
        _executor.End(_table, syncs[1], -(long)Errno.ECANCELED);
        Assert.Equal([syncs[1]], _replies.Of(-(long)Errno.ECANCELED));
        Assert.Equal(syncs[2], _executor.Started[^1]);

        // And one that only waits.
        var more = Submit([new FSync(Fd)]);
        Assert.Equal(0, _table.Cancel(more[0]));
        Assert.Equal([syncs[1], more[0]], _replies.Of(-(long)Errno.ECANCELED));
        _executor.End(_table, syncs[2], 0);
        Assert.Equal([syncs[0], syncs[2]], _replies.Of(0));
        Assert.Equal(0, _table.Unanswered);
    }

    [Fact]
    public void A_write_that_came_in_between_is_waited_for_by_the_later_sync_only()
    {
        var first = Submit([new FSync(Fd)])[0];
        var write = Submit([new PWrite(Fd, new byte[1], 0)])[0];
        var second = Submit([new FSync(Fd)])[0];
        Assert.Equal([first, write], _executor.Started);
        _executor.End(_table, first, 0);
        Assert.DoesNotContain(second, _executor.Started);
        _executor.End(_table, write, 1);
        Assert.Equal(second, _executor.Started[^1]);
        _executor.End(_table, second, 0);
        Assert.Equal(0, _table.Unanswered);
    }

    [Fact]
    public void FStat_and_Close_wait_for_all_syncs_before_them()
    {
        var syncs = Submit([new FSync(Fd), new FSync(Fd)]);
        var stat = Submit([new FStat(Fd)])[0];
        var close = Submit([new Close(Fd)])[0];
        _executor.End(_table, syncs[0], 0);
        Assert.DoesNotContain(stat, _executor.Started);
        _executor.End(_table, syncs[1], 0);
        Assert.Contains(stat, _executor.Started);
        Assert.DoesNotContain(close, _executor.Started);
        _executor.End(_table, stat, -(long)Errno.EIO);
        Assert.Contains(close, _executor.Started);
        _executor.End(_table, close, 0);
        Assert.Equal(0, _table.Unanswered);
    }

    private IoOperation[] Submit(IEnumerable<IoOperation> operations)
    {
        var all = operations.ToArray();
        foreach (var operation in all)
        {
            _table.Submit(operation, _replies);
        }

        return all;
    }

    /// <summary>Starts whatever it gets, and ends it when it is told.</summary>
    private sealed class Manual : IOperationExecutor
    {
        private readonly Dictionary<IoOperation, ulong> _running = [];

        internal List<IoOperation> Started { get; } = [];

        public bool TryStart(Slot slot)
        {
            Started.Add(slot.Operation);
            _running[slot.Operation] = slot.UserData;
            return true;
        }

        public void Cancel(Slot slot)
        {
        }

        internal void End(OperationTable table, IoOperation operation, long result)
        {
            Assert.True(_running.Remove(operation, out var userData), $"{operation} does not run");
            table.Complete(userData, result);
        }
    }

    /// <summary>Takes the replies.</summary>
    private sealed class Replies : MinimalActorRef
    {
        private readonly List<IoResult> _results = [];

        public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "replies";

        public override IActorRefProvider Provider => throw new NotSupportedException();

        internal List<IoOperation> Of(long value) => [.. _results.Where(result => result.Value == value).Select(result => result.Operation)];

        protected override void TellInternal(object message, IActorRef sender) => _results.Add((IoResult)message);
    }
}
