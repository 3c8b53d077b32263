global using Weir.Sdk.Configuration;
