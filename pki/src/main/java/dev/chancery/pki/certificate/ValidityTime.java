package dev.chancery.pki.certificate;

import dev.chancery.pki.MalformedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.text.ParseException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1UTCTime;
import org.bouncycastle.asn1.BERTags;
import org.bouncycastle.asn1.x509.Time;

/// The two forms of a time in a certificate's validity (RFC 5280 §4.1.2.5), in whole seconds of
/// UTC. The library's own way over date formats costs as much as all the rest of a certificate.
final class ValidityTime {
  /// The form with two digits of the year ends with this year.
  private static final Instant FIRST_GENERALIZED = Instant.parse("2050-01-01T00:00:00Z");

  private static final Instant FIRST_UTC_TIME = Instant.parse("1950-01-01T00:00:00Z");

  private ValidityTime() {}

  /// @throws MalformedException if it is no time
  static Instant read(Time time) {
    ASN1Primitive primitive = time.toASN1Primitive();
    try {
      if (primitive instanceof ASN1UTCTime utc) {
        String text = utc.getAdjustedTime();
        return inUtc(text) ? of(text) : utc.getAdjustedDate().toInstant();
      }
      ASN1GeneralizedTime generalized = (ASN1GeneralizedTime) primitive;
      String text = generalized.getTime();
      return inUtc(text) ? of(text) : generalized.getDate().toInstant();
    } catch (ParseException | DateTimeException e) {
      throw new MalformedException("a certificate's validity is no time", e);
    }
  }

  /// The form that RFC 5280 demands for the year.
  static Time write(Instant instant) {
    LocalDateTime time = LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
    boolean utcTime = !instant.isBefore(FIRST_UTC_TIME) && instant.isBefore(FIRST_GENERALIZED);
    StringBuilder text = new StringBuilder(15);
    if (!utcTime) {
      twoDigits(time.getYear() / 100, text);
    }
    twoDigits(time.getYear() % 100, text);
    twoDigits(time.getMonthValue(), text);
    twoDigits(time.getDayOfMonth(), text);
    twoDigits(time.getHour(), text);
    twoDigits(time.getMinute(), text);
    twoDigits(time.getSecond(), text);
    text.append('Z');
    byte[] der = new byte[2 + text.length()];
    der[0] = (byte) (utcTime ? BERTags.UTC_TIME : BERTags.GENERALIZED_TIME);
    der[1] = (byte) text.length();
    for (int k = 0; k < text.length(); k++) {
      der[2 + k] = (byte) text.charAt(k);
    }
    try {
      // From a text, the library would read the time by a date format again.
      return Time.getInstance(ASN1Primitive.fromByteArray(der));
    } catch (IOException e) {
      throw new UncheckedIOException("a time could not be encoded", e);
    }
  }

  private static void twoDigits(int number, StringBuilder out) {
    out.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
  }

  /// `yyyyMMddHHmmssGMT+00:00`: what certificates hold, in the library's words.
  private static boolean inUtc(String text) {
    if (text.length() != 23 || !text.endsWith("GMT+00:00")) {
      return false;
    }
    for (int i = 0; i < 14; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  private static Instant of(String text) {
    return LocalDateTime.of(
            number(text, 0, 4),
            number(text, 4, 6),
            number(text, 6, 8),
            number(text, 8, 10),
            number(text, 10, 12),
            number(text, 12, 14))
        .toInstant(ZoneOffset.UTC);
  }

  private static int number(String text, int from, int to) {
    return Integer.parseInt(text, from, to, 10);
  }
}
