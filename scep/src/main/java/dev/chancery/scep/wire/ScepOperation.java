package dev.chancery.scep.wire;

import java.util.Arrays;
import java.util.Optional;

/// The operations of a query (RFC 8894 §4).
public enum ScepOperation {
  GET_CA_CAPS("GetCACaps"),
  GET_CA_CERT("GetCACert"),
  GET_NEXT_CA_CERT("GetNextCACert"),
  PKI_OPERATION("PKIOperation");

  private final String id;

  ScepOperation(String id) {
    this.id = id;
  }

  /// The RFC's name, which the query carries.
  public String id() {
    return id;
  }

  /// The one with that name.
  public static Optional<ScepOperation> of(String id) {
    return Arrays.stream(values()).filter(operation -> operation.id.equals(id)).findFirst();
  }
}
