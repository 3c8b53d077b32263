// The second process of the tests that need one; the test host never comes here.
return Child.Run(args);
