using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Xunit;

namespace Akka.IoActors.Tests.Native;

/// <summary>
/// Structures and numbers that cross into the kernel, proved against the C compiler. They need gcc and the
/// kernel's headers, and fail without.
/// </summary>
public sealed class LayoutTests : IClassFixture<LayoutTests.Headers>
{
    private readonly IReadOnlyDictionary<string, long> _c;

    /// <summary>Called by xunit.</summary>
    /// <param name="headers">What the compiler said.</param>
    public LayoutTests(Headers headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        _c = headers.Values;
    }

    /// <summary>The names of <see cref="Layouts.Ours"/>.</summary>
    public static TheoryData<string> Structures => [.. Layouts.Ours.Keys];

    /// <summary>The names of <see cref="Constants.Groups"/>.</summary>
    public static TheoryData<string> Groups => [.. Constants.Groups.Keys];

    /// <summary>Sizes and offsets.</summary>
    [Theory]
    [MemberData(nameof(Structures))]
    public void A_structure_is_laid_out_as_in_C(string name)
    {
        var (type, c, fields) = Layouts.Ours[name];
        Assert.Equal(Layouts.SizeOf(type), Marshal.SizeOf(type));

        // No field may be left out of the proof.
        Assert.Equal(Layouts.FieldsOf(type).Select(f => f.Name).Order(), fields.Keys.Order());
        AssertAreTheCompilers(Expectations(type, c, fields));
    }

    /// <summary>The unions of a submission.</summary>
    [Fact]
    public void The_other_names_of_a_submission_s_fields_stand_at_the_same_places()
    {
        foreach (var (alias, field) in Layouts.SqeAliases)
        {
            Assert.Equal(_c[OffsetOf("struct io_uring_sqe", field)], _c[OffsetOf("struct io_uring_sqe", alias)]);
        }
    }

    /// <summary>Sizes of what is passed by value.</summary>
    [Fact]
    public void The_types_of_Tmds_LibC_are_as_wide_as_in_C() => AssertAreTheCompilers(
        Layouts.OfTmds.Values.ToDictionary(type => $"sizeof({type.C})", type => (long)type.Size));

    /// <summary>Numbers.</summary>
    [Theory]
    [MemberData(nameof(Groups))]
    public void A_constant_is_that_of_the_headers(string group) => AssertAreTheCompilers(Constants.Groups[group]);

    /// <summary>The documentation promises all of them.</summary>
    [Fact]
    public void Errno_has_a_name_for_every_error_of_Linux()
    {
        var numbers = Constants.Groups["errors"].Values.ToHashSet();
        Assert.Equal(131, numbers.Count);

        // 41 and 58 have been left free since EWOULDBLOCK and EDEADLOCK became other names.
        Assert.Equal(Enumerable.Range(1, 133).Select(n => (long)n).Except([41, 58]), numbers.Order());
    }

    /// <summary>What cannot be compared here is listed, and no more than that.</summary>
    [Fact]
    public void What_the_headers_lack_is_newer_than_they_are()
    {
        var lacking = Headers.All().Where(expression => !_c.ContainsKey(expression));
        Assert.Empty(lacking.Except(Constants.NewerThanTheHeaders.Keys));
    }

    /// <summary>A listed name that nobody uses any more would hide a misspelt one.</summary>
    [Fact]
    public void What_is_listed_as_newer_than_the_headers_is_used() =>
        Assert.Empty(Constants.NewerThanTheHeaders.Keys.Except(Headers.All()));

    /// <summary>Numbers of open(2) that differ between architectures; include/uapi/asm of arm64.</summary>
    [Theory]
    [InlineData("O_DIRECT", 0x10000)]
    [InlineData("O_DIRECTORY", 0x4000)]
    [InlineData("O_NOFOLLOW", 0x8000)]
    [InlineData("O_TMPFILE", 0x404000)]
    [InlineData("O_CREAT", 0x40)]
    [InlineData("O_CLOEXEC", 0x80000)]
    public void The_package_for_arm64_has_its_open_flags(string name, int number)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "linux-arm64", "Tmds.LibC.dll");
        var context = new AssemblyLoadContext("arm64", isCollectible: true);
        try
        {
            var libc = context.LoadFromAssemblyPath(path).GetType("Tmds.Linux.LibC", throwOnError: true)!;
            Assert.Equal(number, libc.GetProperty(name, BindingFlags.Public | BindingFlags.Static)!.GetValue(null));
        }
        finally
        {
            context.Unload();
        }
    }

    private static string OffsetOf(string type, string field) => $"offsetof({type}, {field})";

    private static Dictionary<string, long> Expectations(Type type, string c, Dictionary<string, string> fields)
    {
        var expected = new Dictionary<string, long> { [$"sizeof({c})"] = Layouts.SizeOf(type) };
        foreach (var field in Layouts.FieldsOf(type))
        {
            var name = fields[field.Name];
            expected[OffsetOf(c, name)] = Layouts.OffsetOf(type, field.Name);
            expected[$"sizeof((({c} *)0)->{name})"] = Layouts.SizeOf(field.FieldType);
        }

        return expected;
    }

    /// <summary>All differences at once, each with both numbers.</summary>
    private void AssertAreTheCompilers(Dictionary<string, long> ours)
    {
        var compared = ours.Where(pair => _c.ContainsKey(pair.Key)).ToList();
        Assert.NotEmpty(compared);
        Assert.Equal(compared.Select(pair => (pair.Key, _c[pair.Key])), compared.Select(pair => (pair.Key, pair.Value)));
    }

    /// <summary>Runs the compiler once for all tests of the class.</summary>
    public sealed class Headers
    {
        /// <summary>What the headers say of each expression that they know.</summary>
        public IReadOnlyDictionary<string, long> Values { get; } = CHeaders.Evaluate(All());

        internal static IEnumerable<string> All() =>
        [
            .. Layouts.Ours.Values.SelectMany(layout => Expectations(layout.Type, layout.C, layout.Fields).Keys),
            .. Layouts.SqeAliases.Keys.Select(alias => OffsetOf("struct io_uring_sqe", alias)),
            .. Layouts.OfTmds.Values.Select(type => $"sizeof({type.C})"),
            .. Constants.Groups.Values.SelectMany(group => group.Keys),
        ];
    }
}
