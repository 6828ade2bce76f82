"""pluggy's markers: what makes a function a hook, or an implementation of one."""

import pluggy

PROJECT = "composia"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
