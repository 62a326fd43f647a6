package dev.chancery.scep.responder;

import dev.chancery.authority.Attempt;
import dev.chancery.authority.Authority;
import dev.chancery.authority.Exchanges;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.Rehearsal;
import dev.chancery.authority.RevocationLists;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.authority.requester.CertificateAuthentication;
import dev.chancery.authority.requester.CredentialAuthentication;
import dev.chancery.authority.rollover.Generation;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.cms.CertsOnly;
import dev.chancery.pki.cms.MessageKey;
import dev.chancery.scep.responder.ScepEndpoint.Challenges;
import dev.chancery.scep.responder.ScepEndpoint.Option;
import dev.chancery.scep.wire.Capability;
import dev.chancery.scep.wire.ScepOperation;
import dev.chancery.scep.wire.ScepQuery;
import dev.chancery.transport.Body;
import dev.chancery.transport.Method;
import dev.chancery.transport.Reply;
import dev.chancery.transport.Request;
import dev.chancery.transport.Responder;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Speaks SCEP (RFC 8894) over HTTP: which operation is asked for, and what is answered without a
/// message. [PkiOperation] answers the messages. Immutable and thread-safe.
public final class ScepResponder implements Responder {
  private static final Logger LOG = LoggerFactory.getLogger(ScepResponder.class);

  // Clients compare these to the letter (SCEP-005, SCEP-032).
  private static final String CA_RA_CERTIFICATES = "application/x-x509-ca-ra-cert";
  private static final String NEXT_CA_CERTIFICATES = "application/x-x509-next-ca-cert";
  private static final String TEXT = "text/plain";

  private final Map<String, Target> targets = new LinkedHashMap<>();
  private final Authority authority;
  private final PkiOperation pkiOperation;

  /// Serves the keys of `endpoints`, each with its registration authority's keys.
  ///
  /// @throws IllegalArgumentException if two of them want the same path
  public ScepResponder(
      Map<ScepEndpoint, RegistrationKeys> endpoints,
      Authority authority,
      Exchanges exchanges,
      CertificateAuthentication certificates,
      CredentialAuthentication credentials,
      RevocationLists revocationLists,
      Decisions decisions,
      Clock clock) {
    endpoints.forEach((endpoint, keys) -> {
      for (String path : endpoint.paths()) {
        if (targets.put(path, new Target(endpoint, keys)) != null) {
          throw new IllegalArgumentException("two SCEP endpoints answer " + path);
        }
      }
    });
    this.authority = authority;
    this.pkiOperation =
        new PkiOperation(
            authority,
            exchanges,
            new ScepAuthentication(certificates, credentials, decisions),
            revocationLists,
            decisions,
            clock);
    refuseUndecided(endpoints.keySet(), decisions);
  }

  private static void refuseUndecided(Set<ScepEndpoint> endpoints, Decisions decisions) {
    for (ScepEndpoint endpoint : endpoints) {
      String name = endpoint.endpoint().name();
      if (endpoint.challenges() instanceof Challenges.Decided
          && !decisions.byEndpoint().containsKey(name)) {
        throw new IllegalArgumentException("nobody decides at " + name);
      }
    }
  }

  @Override
  public List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    targets.forEach((path, target) ->
        routes.add(
            new Route(
                "scep",
                target.endpoint().endpoint().name(),
                path,
                List.of(Method.GET, Method.POST),
                Channel.ANY)));
    return routes;
  }

  @Override
  public Reply respond(Request request) {
    Target target = targets.get(request.path());
    if (target == null) {
      return Reply.text(404, "there is no SCEP endpoint here");
    }
    try {
      ScepQuery query = ScepQuery.parse(request.query());
      return request.method() == Method.POST
          ? post(request, target, query)
          : get(request, target, query);
    } catch (MalformedException e) {
      // Nothing that could be answered with a signed message.
      return unanswerable(request, target, e);
    } catch (LedgerUnavailableException e) {
      LOG.atError()
          .addKeyValue("request", request.id())
          .setCause(e)
          .log("ledger unavailable; the message was not answered");
      return Reply.text(503, "the server cannot look anything up now: try again later")
          .retryAfter(ScepRefusals.RETRY_AFTER);
    } catch (RuntimeException e) {
      LOG.atError().addKeyValue("request", request.id()).setCause(e).log("SCEP request failed");
      return Reply.text(
          500,
          "the server failed on this request: tell the operator the request id " + request.id());
    }
  }

  /// What would become of a message that came as `request` now (SCEP-213). Nothing is issued, used
  /// up or remembered, and nobody outside is asked; guesses count as they do for devices.
  ///
  /// @param request its path is an endpoint's, its body the message
  /// @throws IllegalArgumentException if there is no endpoint at that path
  public Rehearsal rehearse(Request request) {
    Target target = targets.get(request.path());
    if (target == null) {
      throw new IllegalArgumentException("there is no SCEP endpoint at " + request.path());
    }
    return pkiOperation.rehearse(request, target, request.body().toByteArray());
  }

  private Reply get(Request request, Target target, ScepQuery query) {
    if (query.operation().isEmpty() && request.path().startsWith(ScepEndpoint.NDES_ROOT)) {
      // NDES's page for people; the passwords are elsewhere (SCEP-195).
      return Reply.text(403, "this is for SCEP clients");
    }
    Optional<ScepOperation> operation = ScepOperation.of(query.operation());
    if (operation.isEmpty()) {
      return Reply.text(400, "there is no such SCEP operation");
    }
    return switch (operation.get()) {
      case GET_CA_CAPS -> capabilities(target);
      case GET_CA_CERT -> caCertificates(target);
      case GET_NEXT_CA_CERT -> nextCaCertificates(target);
      case PKI_OPERATION -> pkiOperation.answer(request, target, query.messageOctets());
    };
  }

  /// Some clients leave the operation out, some send a wrong media type (SCEP-006).
  private Reply post(Request request, Target target, ScepQuery query) {
    return query.operation().isEmpty() || query.operation().equals(ScepOperation.PKI_OPERATION.id())
        ? pkiOperation.answer(request, target, request.body().toByteArray())
        : Reply.text(400, "only PKIOperation is sent by POST");
  }

  private Reply capabilities(Target target) {
    Set<Capability> capabilities = EnumSet.copyOf(target.endpoint().algorithms().capabilities());
    if (target.keys().next().isPresent() && authority.announces(issuerOf(target))) {
      capabilities.add(Capability.GET_NEXT_CA_CERT);
    }
    String text = Capability.encode(capabilities, target.endpoint().extraCapabilities());
    return Reply.of(200, TEXT, Body.of(text));
  }

  private static String issuerOf(Target target) {
    return target.endpoint().endpoint().issuer();
  }

  /// The next CA's (RFC 8894 §4.7): only while one is announced (SCEP-043).
  private Reply nextCaCertificates(Target target) {
    return target
        .keys()
        .next()
        .flatMap(
            next -> authority.announcement(issuerOf(target), certificatesOf(next, target.keys())))
        .map(signed -> Reply.of(200, NEXT_CA_CERTIFICATES, Body.of(signed.toByteArray())))
        .orElseGet(() -> Reply.text(404, "there is no next CA certificate"));
  }

  private static List<Certificate> certificatesOf(MessageKey opening, RegistrationKeys keys) {
    return Stream.of(opening, keys.signing(opening))
        .map(MessageKey::certificate)
        .distinct()
        .toList();
  }

  /// RA, issuing CA, root, in this order (SCEP-033), of one generation (SCEP-045). Of a pair the
  /// one to encrypt for comes first, for clients that take the first for everything.
  private Reply caCertificates(Target target) {
    MessageKey current = target.keys().current();
    String generation = target.keys().generationOf(current);
    List<Certificate> chain =
        authority.generationsOf(issuerOf(target)).stream()
            .filter(one -> one.id().equals(generation))
            .findFirst()
            .map(Generation::chain)
            .orElseGet(() -> authority.certificatesOf(issuerOf(target)));
    List<Certificate> certificates = new ArrayList<>();
    certificates.addAll(certificatesOf(current, target.keys()));
    certificates.add(chain.getFirst());
    if (target.endpoint().does(Option.ROOT_IN_BUNDLE)) {
      certificates.addAll(chain.subList(1, chain.size()));
    }
    return Reply.of(200, CA_RA_CERTIFICATES, Body.of(CertsOnly.encodeInOrder(certificates)));
  }

  private Reply unanswerable(Request request, Target target, MalformedException e) {
    Refusal refusal =
        authority
            .refuse(
                new Attempt(
                    target.endpoint().endpoint(),
                    "PKIOperation",
                    request.id().value(),
                    request.peer().address(),
                    ""),
                new Refusal(
                    Refusal.Code.MALFORMED,
                    e.safeMessage(),
                    "send a pkiMessage (RFC 8894 section 3)"))
            .refusal();
    return refusal.code() == Refusal.Code.MALFORMED
        ? Reply.text(400, refusal.sentence())
        : Reply.text(503, refusal.sentence()).retryAfter(ScepRefusals.RETRY_AFTER);
  }
}
