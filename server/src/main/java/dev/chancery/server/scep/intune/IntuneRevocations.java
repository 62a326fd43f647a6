package dev.chancery.server.scep.intune;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.Revocations;
import dev.chancery.authority.ledger.CertificateRecord;
import dev.chancery.authority.ledger.Ledger;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.SerialNumber;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.server.admin.Json;
import dev.chancery.server.scep.outbound.OutboundException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Fetches the revocations that Intune wants, carries them out and reports back (SCEP-186). Only
/// certificates that were issued at the endpoint are Intune's to revoke. The same request may come
/// again: the certificate is revoked once. Used by one thread at a time.
public final class IntuneRevocations {
  private static final Logger LOG = LoggerFactory.getLogger(IntuneRevocations.class);

  /// At most 500 may be asked for.
  private static final int MOST = 100;

  private static final int MOST_TURNS = 50;
  private static final Duration LEASE = Duration.ofMinutes(5);
  private static final String REASON = "cessationOfOperation";

  /// What Intune is told of one request; its numbers.
  private enum Result {
    REVOKED(0, ""),
    INVALID(4002, "the serial number is none"),
    UNKNOWN(4004, "no such certificate was issued at this endpoint"),
    ALREADY_REVOKED(4005, "the certificate is revoked already"),
    /// Intune asks again.
    UNAVAILABLE(4101, "the ledger cannot store anything now");

    private final int code;
    private final String message;

    Result(int code, String message) {
      this.code = code;
      this.message = message;
    }
  }

  private final IntuneService service;
  private final Duration interval;
  private final String endpoint;
  private final Supplier<List<String>> issuers;
  private final DistinguishedName issuerName;
  private final Ledger ledger;
  private final Revocations revocations;
  private final Clock clock;
  private Instant due = Instant.MIN;

  /// Works for one endpoint.
  ///
  /// @param endpoint its name, such as `scep/laptops`
  /// @param issuers ids of its issuer's generations whose certificates count
  /// @param issuerName the issuer's subject, by which Intune knows it
  public IntuneRevocations(
      IntuneSettings settings,
      Duration interval,
      String endpoint,
      Supplier<List<String>> issuers,
      DistinguishedName issuerName,
      Ledger ledger,
      Clock clock) {
    this.service = new IntuneService(settings, clock);
    this.interval = interval;
    this.endpoint = endpoint;
    this.issuers = issuers;
    this.issuerName = issuerName;
    this.ledger = ledger;
    this.revocations = new Revocations(ledger, clock);
    this.clock = clock;
  }

  /// Does what is wanted, if it is time and no other node does it.
  public void runIfDue() {
    Instant now = clock.instant();
    if (now.isBefore(due) || !ledger.takesLease("revocations of " + endpoint, now, LEASE)) {
      return;
    }
    due = now.plus(interval);
    try {
      run();
    } catch (OutboundException e) {
      LOG.atWarn()
          .addKeyValue("endpoint", endpoint)
          .addKeyValue("code", e.code())
          .addKeyValue("problem", e.problem())
          .addKeyValue("remedy", e.hint())
          .log("Intune's revocation requests could not be fetched or answered; they come again");
    }
  }

  private void run() throws OutboundException {
    Set<String> answered = new HashSet<>();
    for (int turn = 0; turn < MOST_TURNS; turn++) {
      JsonNode requests = service.downloadRevocations(MOST, issuerName.toString()).path("value");
      if (!requests.isArray()) {
        throw malformed("there is no list of requests in it");
      }
      ArrayNode results = Json.object().putArray("results");
      for (JsonNode request : requests) {
        String context = request.path("requestContext").asText("");
        if (!context.isEmpty() && isForUs(request) && answered.add(context)) {
          results.add(answer(context, request));
        }
      }
      if (results.isEmpty()) {
        return;
      }
      if (!service.uploadRevocations(results).path("value").asBoolean(false)) {
        throw malformed("it does not take the results");
      }
    }
  }

  private static OutboundException malformed(String what) {
    return new OutboundException(
        "intune-malformed", "Intune's answer is none: " + what, "see Intune's service health");
  }

  /// Others of the tenant have CAs too.
  private boolean isForUs(JsonNode request) {
    try {
      return DistinguishedName.parse(request.path("issuerName").asText("")).equals(issuerName);
    } catch (MalformedException noName) {
      return false;
    }
  }

  private ObjectNode answer(String context, JsonNode request) {
    Result result = revoke(request.path("serialNumber").asText(""));
    ObjectNode answer = Json.object();
    answer.put("requestContext", context);
    answer.put("succeeded", result == Result.REVOKED);
    answer.put("errorCode", result.code);
    answer.put("errorMessage", result.message);
    return answer;
  }

  private Result revoke(String serialText) {
    try {
      SerialNumber serial = SerialNumber.parse(serialText);
      Optional<CertificateRecord> record =
          issuers.get().stream()
              .flatMap(issuer -> ledger.certificate(issuer, serial.toString()).stream())
              .filter(found -> found.endpoint().equals(endpoint))
              .findFirst();
      if (record.isEmpty()) {
        return Result.UNKNOWN;
      }
      if (record.get().revocation().isPresent()) {
        return Result.ALREADY_REVOKED;
      }
      revocations.revoke(record.get().issuer(), serial, REASON, "intune:" + endpoint);
      return Result.REVOKED;
    } catch (MalformedException noSerial) {
      return Result.INVALID;
    } catch (RefusedException crossed) {
      // Somebody else has revoked it just now.
      return Result.ALREADY_REVOKED;
    } catch (LedgerUnavailableException e) {
      LOG.atError().setCause(e).log("ledger unavailable; Intune is told to ask again");
      return Result.UNAVAILABLE;
    }
  }
}
