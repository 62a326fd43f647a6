package dev.chancery.scep.responder;

/// An endpoint with its registration authority's keys.
record Target(ScepEndpoint endpoint, RegistrationKeys keys) {}
