using Weir.Architecture.Tests.Documents;
using Weir.Architecture.Tests.Metadata;

namespace Weir.Architecture.Tests;

/// <summary>Projects refer to each other in one direction, and the files say what ARCHITECTURE.md says.</summary>
public sealed class ProjectTests
{
    [Fact]
    public void The_table_has_no_circle() => Graph.Cycle(ProjectTable.Allowed).ShouldBeNull();

    [Fact]
    public void The_table_names_the_projects_that_there_are() => ProjectTable.Allowed.Keys.Order().ShouldBe(ProjectTable.Actual.Keys.Order());

    [Fact]
    public void A_project_refers_only_to_what_the_table_allows()
    {
        foreach (var (project, references) in ProjectTable.Actual) references.Except(ProjectTable.Allowed[project]).ShouldBeEmpty(project);
    }

    [Fact]
    public void Policies_are_written_against_what_anyone_has()
        => AssemblyUses.References("Weir.Policies").Where(static r => r.StartsWith("Weir.", StringComparison.Ordinal)).ShouldBeSubsetOf(["Weir.Sdk", "Weir.Http", "Weir.Async"]);

    [Fact]
    public void The_wire_knows_nothing_of_sockets_and_sockets_nothing_of_the_wire()
    {
        AssemblyUses.References("Weir.Http").ShouldNotContain("Weir.Reactor");
        AssemblyUses.References("Weir.Reactor").ShouldNotContain("Weir.Http");
    }
}
