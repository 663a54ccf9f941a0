using System;
using System.Collections.Generic;
using System.Linq;
using Akka.Actor;
using Akka.IO;
using Akka.IoActors.Clustering.Handles;
using Akka.IoActors.Remoting;
using Akka.TestKit;
using Xunit;

namespace Akka.IoActors.Tests.Clustering;

/// <summary>Messages cut into pieces, and pieces that are missing.</summary>
public sealed class SessionTests : TestKit.Xunit2.TestKit
{
    private const int Frame = 10;

    private readonly Session _sender = new(1000);
    private readonly Session _receiver = new(1000);

    public SessionTests() => _sender.Limit(Frame);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(10, 1)]
    [InlineData(11, 2)]
    [InlineData(100, 10)]
    [InlineData(101, 11)]
    public void A_message_is_as_many_pieces_as_it_takes(int size, int pieces)
    {
        var bytes = Enumerable.Range(0, size).Select(n => (byte)n).ToArray();
        var sent = Send(7, "head", bytes);
        Assert.Equal(pieces, sent.Count);
        for (var i = 0; i < pieces; i++)
        {
            Assert.InRange(sent[i].Data.Count, 0, Frame);
            Assert.True(_receiver.TryReceive(sent[i], out var head, out var body));
            Assert.Equal(i == pieces - 1 ? "head" : null, head);
            Assert.Equal(i == pieces - 1 ? bytes : [], body.ToArray());
        }

        Assert.True(_receiver.IsUpTo(_sender.Keep));
    }

    [Theory]
    [InlineData(16_383, 0)]
    [InlineData(16_384, 1)]
    [InlineData(1 << 20, 1)]
    [InlineData((1 << 20) + 1, 2)]
    public void What_is_large_goes_beside_its_pieces_until_they_have_arrived(int size, int attached)
    {
        var attachments = Attachments.Of(Sys);
        _sender.Attach(attachments);
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        var sent = Send(7, "head", bytes);
        Assert.Equal(attached, sent.Count(each => each.Attachment != Guid.Empty));
        Assert.Equal(attached, attachments.Count.Outgoing);
        object? head = null;
        var body = ByteString.Empty;
        Assert.All(sent, piece => Assert.True(_receiver.TryReceive(piece, out head, out body)));
        Assert.Equal(("head", size), (head, body.Count));
        Assert.Equal(bytes, body.ToArray());

        // The other side says so, or this one ends.
        Assert.True(_sender.IsUpTo(_receiver.Keep));
        Assert.Equal(0, attachments.Count.Outgoing);
        _ = Send(8, "head", bytes);
        Assert.Equal(attached, attachments.Count.Outgoing);
        _sender.End();
        Assert.Equal(0, attachments.Count.Outgoing);
    }

    [Fact]
    public void Messages_in_between_are_kept_apart()
    {
        var first = Send(1, "a", new byte[25]);
        var second = Send(2, "b", new byte[15]);
        var order = new[] { first[0], second[0], first[1], second[1], first[2] };
        var heads = order.Select((piece, n) => _receiver.TryReceive(piece with { Sequence = n + 1 }, out var head, out _) ? head : "lost").ToList();
        Assert.Equal([null, null, null, "b", "a"], heads);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_piece_that_is_missing_or_comes_twice_ends_it(int missing)
    {
        var sent = Send(1, "a", new byte[35]);
        var results = sent.Where((_, n) => n != missing).Select(piece => _receiver.TryReceive(piece, out var head, out _) && head is null).ToList();
        Assert.Equal(missing, results.TakeWhile(each => each).Count());
        Assert.False(results[^1]);
        Assert.False(new Session(Frame).TryReceive(sent[1], out _, out _));
        var twice = new Session(Frame);
        Assert.True(twice.TryReceive(sent[0], out _, out _));
        Assert.False(twice.TryReceive(sent[0], out _, out _));
    }

    [Fact]
    public void A_last_piece_that_is_missing_is_told_by_the_next_word()
    {
        var sent = Send(1, "a", new byte[15]);
        Assert.True(_receiver.TryReceive(sent[0], out _, out _));
        Assert.False(_receiver.IsUpTo(_sender.Keep));
        Assert.True(_receiver.TryReceive(sent[1], out _, out _));
        Assert.True(_receiver.IsUpTo(_sender.Keep));
        Assert.Equal(new Keep(0, 2), _receiver.Keep);
    }

    [Fact]
    public void More_bytes_than_were_said_end_it()
    {
        Assert.True(_receiver.TryReceive(new Piece(1, 1, "a", 3, ByteString.FromBytes([1, 2]), 0), out _, out _));
        Assert.False(_receiver.TryReceive(new Piece(2, 1, null, 0, ByteString.FromBytes([3, 4]), 0), out _, out _));
    }

    private List<Piece> Send(long id, object head, byte[] bytes)
    {
        var probe = CreateTestProbe();
        var before = _sender.Sent;
        _sender.Send(probe.Ref, ActorRefs.Nobody, id, head, ByteString.FromBytes(bytes));
        return [.. Enumerable.Range(0, (int)(_sender.Sent - before)).Select(_ => probe.ExpectMsg<Piece>(TimeSpan.FromSeconds(10)))];
    }
}
