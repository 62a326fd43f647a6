package dev.chancery.server;

import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.issuance.IssuerSettings;
import dev.chancery.authority.issuance.Issuers;
import dev.chancery.configuration.ConfigurationException;
import dev.chancery.configuration.Problem;
import dev.chancery.server.configuration.Configuration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/// What a reload can do, and what has to wait for the next start.
final class Reload {
  private Reload() {}

  /// An issuer's keys are made at the start only.
  ///
  /// @throws ConfigurationException if an endpoint names an issuer that is not open
  static void check(Configuration fresh, Issuers open) {
    List<Problem> problems = new ArrayList<>();
    List<Endpoint> endpoints = new ArrayList<>();
    fresh.estEndpoints().forEach(endpoint -> endpoints.add(endpoint.endpoint()));
    fresh.scepEndpoints().forEach(endpoint -> endpoints.add(endpoint.endpoint()));
    for (Endpoint endpoint : endpoints) {
      String issuer = endpoint.issuer();
      if (!open.names().contains(issuer)) {
        problems.add(
            new Problem(
                "issuers." + issuer,
                OptionalInt.empty(),
                "the issuer \"" + issuer + "\" is new and is made at the next start",
                "restart the server"));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
  }

  /// The settings that differ and that a running server cannot change.
  static List<String> needsRestart(Configuration now, Configuration fresh) {
    List<String> settings = new ArrayList<>();
    Configuration.Server old = now.server();
    Configuration.Server next = fresh.server();
    note(settings, "server.tls.address, port", old.tls().address(), next.tls().address());
    note(settings, "server.tls.provider", old.tls().provider(), next.tls().provider());
    note(settings, "server.tls.protocols", old.tls().protocols(), next.tls().protocols());
    note(settings, "server.clear", old.clear(), next.clear());
    note(settings, "server.coaps", old.coaps(), next.coaps());
    note(
        settings,
        "server.certificate-less-tls",
        old.certificatelessTls(),
        next.certificatelessTls());
    Configuration.Limits before = old.limits();
    Configuration.Limits after = next.limits();
    note(settings, "server.limits.header", before.headerBytes(), after.headerBytes());
    note(settings, "server.limits.idle-timeout", before.idleTimeout(), after.idleTimeout());
    note(
        settings, "server.limits.max-connections", before.maxConnections(), after.maxConnections());
    note(settings, "database", now.database(), fresh.database());
    note(settings, "issuers", issuers(now), issuers(fresh));
    return settings;
  }

  private static Set<IssuerSettings> issuers(Configuration configuration) {
    return configuration.issuers().stream().collect(Collectors.toSet());
  }

  private static void note(List<String> settings, String name, Object before, Object after) {
    if (!Objects.equals(before, after)) {
      settings.add(name);
    }
  }
}
