package dev.chancery.bench;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Optional;

/// How devices come: the three ways for which there are targets.
public enum Scenario {
  /// Each renewal on a TLS 1.3 connection of its own, authenticated by the device's certificate.
  NEW_CERTIFICATE(
      "new-certificate", "new connection, client certificate", "simplereenroll", true, true, 1.6),
  /// Each first enrollment on a TLS 1.3 connection of its own, authenticated by HTTP Basic.
  NEW_PASSWORD("new-password", "new connection, Basic", "simpleenroll", false, true, 1.3),
  /// Renewals one after the other on connections that stay open.
  KEEP_ALIVE("keep-alive", "keep-alive, client certificate", "simplereenroll", true, false, 0.40);

  private final String id;
  private final String title;
  private final String operation;
  private final boolean withCertificate;
  private final boolean newConnection;
  private final double targetMillis;

  Scenario(
      String id,
      String title,
      String operation,
      boolean withCertificate,
      boolean newConnection,
      double targetMillis) {
    this.id = id;
    this.title = title;
    this.operation = operation;
    this.withCertificate = withCertificate;
    this.newConnection = newConnection;
    this.targetMillis = targetMillis;
  }

  /// The name on the command line and in JSON.
  @JsonValue
  public String id() {
    return id;
  }

  /// For people.
  public String title() {
    return title;
  }

  /// The EST operation that is called.
  public String operation() {
    return operation;
  }

  /// True if the client shows a certificate in the handshake; otherwise it sends a password.
  public boolean withCertificate() {
    return withCertificate;
  }

  /// True if each request has a connection of its own.
  public boolean newConnection() {
    return newConnection;
  }

  /// What an enrollment may cost the server at most, in milliseconds of CPU.
  public double targetMillis() {
    return targetMillis;
  }

  /// The scenario called `id`.
  public static Optional<Scenario> find(String id) {
    return Arrays.stream(values()).filter(scenario -> scenario.id.equals(id)).findFirst();
  }
}
