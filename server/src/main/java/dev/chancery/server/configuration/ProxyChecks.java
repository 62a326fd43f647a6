package dev.chancery.server.configuration;

import dev.chancery.est.responder.ChannelBindingDemand;
import dev.chancery.est.responder.EstEndpoint;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.server.proxy.TrustedProxy;
import dev.chancery.server.proxy.TrustedProxy.ChannelBinding;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Checks `server.trusted-proxies`.
record ProxyChecks(CertificateFiles files) {
  List<TrustedProxy> read(Section server) {
    return server.items(Settings.TRUSTED_PROXIES).stream().map(this::proxy).toList();
  }

  private TrustedProxy proxy(Section section) {
    return new TrustedProxy(
        section.get(Settings.PROXY_NAME),
        files.read(section, Settings.PROXY_CERTIFICATES, section.get(Settings.PROXY_CERTIFICATES)),
        section.get(Settings.PROXY_CERTIFICATE_FIELD),
        section.get(Settings.PROXY_CLIENT_ADDRESS),
        section.get(Settings.PROXY_CHANNEL_BINDING));
  }

  /// Two proxies must not present the same certificate, and none may take away a binding that an
  /// endpoint demands (EST-251).
  void check(Section server, List<TrustedProxy> proxies, List<EstEndpoint> endpoints) {
    boolean demanded =
        endpoints.stream()
            .anyMatch(endpoint -> endpoint.linking() == ChannelBindingDemand.REQUIRED);
    Set<Certificate> certificates = new HashSet<>();
    List<Section> sections = server.items(Settings.TRUSTED_PROXIES);
    for (int i = 0; i < proxies.size(); i++) {
      TrustedProxy proxy = proxies.get(i);
      if (!proxy.certificates().stream().allMatch(certificates::add)) {
        sections
            .get(i)
            .report(
                Settings.PROXY_CERTIFICATES,
                "a certificate is named twice",
                "give each proxy one of its own");
      }
      if (demanded && proxy.channelBinding() == ChannelBinding.NONE) {
        sections
            .get(i)
            .report(
                Settings.PROXY_CHANNEL_BINDING,
                "an EST endpoint demands a channel binding, and this proxy forwards none",
                "make the proxy forward it, or set that endpoint's channel-binding to optional");
      }
    }
  }
}
