"""Contract suites: each holds an extension point's promises against an implementation, built-in or not."""
