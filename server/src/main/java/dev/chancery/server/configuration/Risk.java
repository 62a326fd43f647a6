package dev.chancery.server.configuration;

import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.profile.Profile;
import dev.chancery.authority.profile.Rule;
import dev.chancery.authority.profile.RuleMode;
import dev.chancery.est.responder.EstEndpoint;
import dev.chancery.est.responder.HttpDigest;
import dev.chancery.scep.responder.ScepEndpoint;
import dev.chancery.server.configuration.Configuration.MetricsAccess;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A setting that the operator may have reasons for, and that makes it easier to get a certificate
/// which one should not have. Logged at each start, and told by `chancery config check` (SCEP-213).
///
/// @param where the endpoint, profile or setting
/// @param what one sentence without period
public record Risk(String where, String what) {
  /// Those of a configuration, in its order.
  static List<Risk> of(Configuration configuration) {
    List<Risk> risks = new ArrayList<>();
    if (configuration.server().metrics() == MetricsAccess.EVERYONE) {
      risks.add(new Risk("server.metrics", "everybody may read the metrics, without TLS"));
    }
    configuration.profiles().byName().values().stream()
        .sorted(Comparator.comparing(Profile::name))
        .forEach(profile -> ofProfile(profile, risks));
    configuration.estEndpoints().forEach(endpoint -> ofEst(endpoint, risks));
    configuration.scepEndpoints().forEach(endpoint -> ofScep(endpoint, risks));
    return List.copyOf(risks);
  }

  private static void ofProfile(Profile profile, List<Risk> risks) {
    String where = "profile " + profile.name();
    if (profile.keyReuse() == Profile.KeyReuse.SHARED) {
      risks.add(
          new Risk(
              where,
              "a key may be certified for any names; whoever has one is whoever it wants to be"));
    }
    if (!profile.copiedExtensions().isEmpty()) {
      risks.add(
          new Risk(
              where,
              "extensions are copied from requests as they come: "
                  + String.join(", ", profile.copiedExtensions().stream().sorted().toList())));
    }
    for (Rule rule : Rule.values()) {
      RuleMode mode = profile.mode(rule);
      if (mode != RuleMode.ENFORCE && rule.defaultMode() == RuleMode.ENFORCE) {
        risks.add(new Risk(where, "the rule " + rule.id() + " is not enforced: " + mode.id()));
      }
    }
  }

  private static void ofEst(EstEndpoint endpoint, List<Risk> risks) {
    String where = endpoint.endpoint().name();
    if (endpoint.digest() == HttpDigest.SHA_256_AND_MD5) {
      risks.add(new Risk(where, "passwords may come by HTTP Digest with MD5"));
    }
    for (Endpoint.DeviceAnchors anchors : endpoint.endpoint().deviceAnchors()) {
      if (anchors.revocationLists().isEmpty()) {
        risks.add(
            new Risk(
                where,
                "revoked device certificates of \""
                    + anchors.anchors().name()
                    + "\" are taken, since it has no crls"));
      }
    }
  }

  private static void ofScep(ScepEndpoint endpoint, List<Risk> risks) {
    String where = endpoint.endpoint().name();
    if (endpoint.sharedSecret().isPresent()) {
      risks.add(
          new Risk(
              where,
              "a static challenge is in use; whoever learns it can ask for every name of its patterns"));
    }
    switch (endpoint.algorithms()) {
      case MODERN -> {
        // Nothing to say.
      }
      case COMPAT -> risks.add(new Risk(where, "messages with SHA-1 and triple DES are accepted"));
      case LEGACY ->
          risks.add(new Risk(where, "messages with MD5, SHA-1, DES and triple DES are accepted"));
    }
  }

  /// `where: what`.
  public String sentence() {
    return where + ": " + what;
  }
}
