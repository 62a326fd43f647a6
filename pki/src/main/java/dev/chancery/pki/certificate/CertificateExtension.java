package dev.chancery.pki.certificate;

import dev.chancery.pki.Der;

/// An extension by OID with its value's DER (the content of extnValue).
public record CertificateExtension(String oid, boolean critical, Der value) {}
