global using Weir.Config.Documents;
global using Weir.Sdk.Configuration;
