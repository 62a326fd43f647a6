package dev.chancery.pki.request;

/// The two encodings of ChangeSubjectName's alternatives (EST-105).
public enum ChangeSubjectNameForm {
  /// `[1] IMPLICIT`, as erratum 3943 of RFC 6402 and RFC 10002 §7.1 have it.
  TAGGED,
  /// A SEQUENCE without a tag of its own, as RFC 6402 itself has it, for peers from before.
  BARE
}
