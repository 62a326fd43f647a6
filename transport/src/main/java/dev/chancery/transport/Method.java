package dev.chancery.transport;

/// The request methods that some endpoint answers; a listener refuses all others with 501.
public enum Method {
  GET,
  HEAD,
  POST,
  PUT,
  DELETE
}
