global using Weir.Sdk.Configuration;
global using Weir.Config.Documents;
