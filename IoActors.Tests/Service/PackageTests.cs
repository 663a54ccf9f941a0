using System;
using System.Diagnostics;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using System.Xml.Linq;
using Xunit;

namespace Akka.IoActors.Tests.Service;

/// <summary>The packages, as a project that is new takes them.</summary>
public sealed class PackageTests : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("io-actors-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_fresh_console_project_runs_the_READMEs_lines_with_them()
    {
        var root = Root();
        var packages = await Pack();
        foreach (var (name, needs) in new[]
        {
            ("IoActors", "Akka Google.Protobuf IoActors.Native Serilog"),
            ("IoActors.Native", "Tmds.LibC"),
            ("IoActors.Hosting", "Akka.Hosting IoActors"),
            ("IoActors.Streams", "Akka.Streams IoActors"),
            ("IoActors.AspNetCore", "IoActors"),
            ("IoActors.Cluster", "Akka.Cluster Akka.Hosting Akka.Streams Google.Protobuf IoActors IoActors.Hosting"),
        })
        {
            using var symbols = ZipFile.OpenRead(Path.Combine(packages, $"{name}.0.1.0.snupkg"));
            Assert.Contains($"lib/net10.0/{name}.pdb", symbols.Entries.Select(entry => entry.FullName));
            using var package = ZipFile.OpenRead(Path.Combine(packages, $"{name}.0.1.0.nupkg"));
            var entries = package.Entries.Select(entry => entry.FullName).ToList();
            Assert.Contains("README.md", entries);
            Assert.Contains("icon.png", entries);
            Assert.Contains($"lib/net10.0/{name}.xml", entries);
            await using var stream = await package.GetEntry($"{name}.nuspec")!.OpenAsync();
            var metadata = XDocument.Load(stream).Root!.Elements().Single();
            var ns = metadata.Name.Namespace;
            Assert.Equal("Apache-2.0", metadata.Element(ns + "license")!.Value);
            Assert.Equal("icon.png", metadata.Element(ns + "icon")!.Value);
            Assert.Equal("README.md", metadata.Element(ns + "readme")!.Value);
            Assert.Equal(needs, string.Join(' ', metadata.Descendants(ns + "dependency").Select(each => each.Attribute("id")!.Value).Order(StringComparer.Ordinal)));
        }

        var readme = await File.ReadAllTextAsync(Path.Combine(root, "README.md"));
        var lines = readme.Split("```csharp\n")[1].Split("```")[0];
        Assert.Contains("Ask<IoResult>", lines, StringComparison.Ordinal);
        await Write("text", "from a package");
        await Write("fresh.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="IoActors" Version="0.1.0" />
                <PackageReference Include="IoActors.Hosting" Version="0.1.0" />
              </ItemGroup>
            </Project>
            """);
        await Write("Program.cs", $$"""
            using System.Text;
            using Akka.Actor;
            using Akka.IoActors;

            using var system = ActorSystem.Create("fresh");
            var path = "{{Path.Combine(_folder, "text")}}";
            {{lines}}
            Console.WriteLine($"read: {text}");
            """);
        Assert.Contains("read: from a package", await DotNet(_folder, "run", "--project", "fresh.csproj"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_compiled_ahead_reads_and_opens_files()
    {
        await Pack();
        await Write("text", "ahead of time");
        await Write("native.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <RuntimeIdentifier>{RuntimeInformation.RuntimeIdentifier}</RuntimeIdentifier>
                <ImplicitUsings>enable</ImplicitUsings>
                <PublishAot>true</PublishAot>
                <InvariantGlobalization>true</InvariantGlobalization>
                <CppCompilerAndLinker>gcc</CppCompilerAndLinker>
                <LinkerFlavor>bfd</LinkerFlavor>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="IoActors" Version="0.1.0" />
                <TrimmerRootAssembly Include="Akka" />
              </ItemGroup>
            </Project>
            """);
        await Write("Program.cs", """
            using System.Text;
            using Akka.Actor;
            using Akka.Configuration;
            using Akka.IoActors;

            using var system = ActorSystem.Create("native", Config.Empty);
            var io = IoActors.Get(system);
            var opened = await io.Backend.Ask<IoResult>(new Open(args[0]));
            using var file = opened.ThrowIfFailed().Handle;
            var buffer = new byte[100];
            var read = await io.Client.PReadAsync(file, buffer, 0);
            Console.WriteLine($"read: {Encoding.UTF8.GetString(buffer, 0, (int)read.GetValueOrThrow())}");

            var actor = (await system.IoFiles().Ask(new Files.Open(args[0], owner: ActorRefs.Nobody))).File;
            Console.WriteLine($"file: {(await actor.Ask(new Files.Read(100))).Bytes}");
            """);
        var output = await DotNet(_folder, "publish", "native.csproj", "--output", "native", "--nologo");
        Assert.DoesNotMatch("IoActors.*: warning IL", output);
        var printed = await Run(_folder, Path.Combine(_folder, "native", "native"), Path.Combine(_folder, "text"));
        Assert.Contains("read: ahead of time", printed, StringComparison.Ordinal);
        Assert.Contains("file: ahead of time", printed, StringComparison.Ordinal);
    }

    /// <summary>Packs what has been built, and has new projects in the folder take it.</summary>
    private async Task<string> Pack()
    {
        var packages = Path.Combine(_folder, "packages");
        await DotNet(Root(), "pack", "IoActors.sln", "--configuration", Configuration, "--no-build", "--nologo", "--output", packages);
        await Write("nuget.config", $"""
            <configuration>
              <packageSources><add key="packages" value="{packages}" /></packageSources>
              <fallbackPackageFolders>
                <add key="known" value="{Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages")}" />
              </fallbackPackageFolders>
            </configuration>
            """);
        await Write("Directory.Build.props", "<Project />");
        await Write("Directory.Packages.props", "<Project />");
        return packages;
    }

    private static string Configuration => AppContext.BaseDirectory.Split(Path.DirectorySeparatorChar)[^3];

    private Task Write(string name, string text) => File.WriteAllTextAsync(Path.Combine(_folder, name), text);

    private Task<string> DotNet(string folder, params string[] arguments) => Run(folder, "dotnet", arguments);

    private async Task<string> Run(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What this process was started with would hold for the other, too; and a cache of its own cannot be stale.
        foreach (var variable in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(variable);
        }

        if (folder == _folder)
        {
            start.Environment["NUGET_PACKAGES"] = Path.Combine(_folder, "cache");
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(s_deadline);
        await process.WaitForExitAsync().WaitAsync(s_deadline);
        Assert.True(process.ExitCode == 0, output + await errors);
        return output;
    }

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
