using BenchmarkDotNet.Running;

// dotnet run -c Release --project bench/Weir.Benchmarks -- --filter '*Http1*' --job short
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
