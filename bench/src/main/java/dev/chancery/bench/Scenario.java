package dev.chancery.bench;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.chancery.pki.key.KeyType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// How devices come.
public enum Scenario {
  /// Each renewal on a TLS 1.3 connection of its own, authenticated by the device's certificate.
  NEW_CERTIFICATE(
      "new-certificate",
      "new connection, client certificate",
      Protocol.EST,
      Proof.CERTIFICATE,
      Connections.NEW,
      "simplereenroll",
      KeyType.P_256,
      Selection.BY_DEFAULT,
      Optional.of(1.6)),
  /// Each first enrollment on a TLS 1.3 connection of its own, authenticated by HTTP Basic.
  NEW_PASSWORD(
      "new-password",
      "new connection, Basic",
      Protocol.EST,
      Proof.PASSWORD,
      Connections.NEW,
      "simpleenroll",
      KeyType.P_256,
      Selection.BY_DEFAULT,
      Optional.of(1.3)),
  /// Renewals one after the other on connections that stay open.
  KEEP_ALIVE(
      "keep-alive",
      "keep-alive, client certificate",
      Protocol.EST,
      Proof.CERTIFICATE,
      Connections.KEPT,
      "simplereenroll",
      KeyType.P_256,
      Selection.BY_DEFAULT,
      Optional.of(0.40)),
  /// Keys that the server makes, on connections that stay open.
  SERVER_KEY(
      "server-key",
      "keep-alive, key made by the server",
      Protocol.EST,
      Proof.CERTIFICATE,
      Connections.KEPT,
      "serverkeygen",
      KeyType.P_256,
      Selection.BY_DEFAULT,
      Optional.empty()),
  /// Each first enrollment in a DTLS session of its own.
  COAPS_NEW(
      "coaps-new",
      "EST-coaps, new session",
      Protocol.EST_COAPS,
      Proof.CERTIFICATE,
      Connections.NEW,
      "sen",
      KeyType.P_256,
      Selection.BY_DEFAULT,
      Optional.of(2.5)),
  /// Renewals one after the other in a DTLS session that stays open.
  COAPS_OPEN(
      "coaps-open",
      "EST-coaps, open session",
      Protocol.EST_COAPS,
      Proof.CERTIFICATE,
      Connections.KEPT,
      "sren",
      KeyType.P_256,
      Selection.BY_DEFAULT,
      Optional.of(2.5)),
  /// Each first enrollment on a TCP connection of its own, authenticated by a challenge password.
  SCEP(
      "scep",
      "SCEP, PKCSReq, RSA-2048",
      Protocol.SCEP,
      Proof.PASSWORD,
      Connections.NEW,
      "PKIOperation",
      KeyType.RSA_2048,
      Selection.BY_DEFAULT,
      Optional.of(1.2)),
  KEY_P_256("key-p-256", KeyType.P_256),
  KEY_RSA_2048("key-rsa-2048", KeyType.RSA_2048),
  KEY_RSA_3072("key-rsa-3072", KeyType.RSA_3072),
  KEY_ED25519("key-ed25519", KeyType.ED25519),
  KEY_ML_DSA_65("key-ml-dsa-65", KeyType.ML_DSA_65);

  /// By what a requester proves who it is.
  public enum Proof {
    CERTIFICATE,
    PASSWORD
  }

  /// How long a connection, or a session, lasts: for one request, or for all.
  public enum Connections {
    NEW,
    KEPT
  }

  /// Whether it is measured if nobody asks for it.
  private enum Selection {
    BY_DEFAULT,
    BY_NAME
  }

  private final String id;
  private final String title;
  private final Protocol protocol;
  private final Proof proof;
  private final Connections connections;
  private final String operation;
  private final KeyType keyType;
  private final Selection selection;
  private final Optional<Double> targetMillis;

  Scenario(
      String id,
      String title,
      Protocol protocol,
      Proof proof,
      Connections connections,
      String operation,
      KeyType keyType,
      Selection selection,
      Optional<Double> targetMillis) {
    this.id = id;
    this.title = title;
    this.protocol = protocol;
    this.proof = proof;
    this.connections = connections;
    this.operation = operation;
    this.keyType = keyType;
    this.selection = selection;
    this.targetMillis = targetMillis;
  }

  /// First enrollments for keys of one type, on connections that stay open: all that differs from
  /// the others of this kind is the key.
  Scenario(String id, KeyType keyType) {
    this(
        id,
        "keep-alive, Basic, " + keyType.id(),
        Protocol.EST,
        Proof.PASSWORD,
        Connections.KEPT,
        "simpleenroll",
        keyType,
        Selection.BY_NAME,
        Optional.empty());
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

  /// What the devices speak.
  public Protocol protocol() {
    return protocol;
  }

  /// By what they prove who they are.
  public Proof proof() {
    return proof;
  }

  /// True if each request has a connection of its own.
  public boolean newConnection() {
    return connections == Connections.NEW;
  }

  /// The protocol's operation that is called.
  public String operation() {
    return operation;
  }

  /// Of the keys that are to be certified.
  public KeyType keyType() {
    return keyType;
  }

  /// What an enrollment may cost the server at most, in milliseconds of CPU, if somebody has said.
  public Optional<Double> targetMillis() {
    return targetMillis;
  }

  /// The scenario called `id`.
  public static Optional<Scenario> find(String id) {
    return Arrays.stream(values()).filter(scenario -> scenario.id.equals(id)).findFirst();
  }

  /// Those that are measured if nobody says which.
  public static List<Scenario> byDefault() {
    return Arrays.stream(values())
        .filter(scenario -> scenario.selection == Selection.BY_DEFAULT)
        .toList();
  }
}
