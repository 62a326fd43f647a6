package dev.chancery.server.coap;

import dev.chancery.transport.coap.CoapResponder;
import dev.chancery.transport.coap.CoapResponder.Route;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.eclipse.californium.core.WebLink;
import org.eclipse.californium.core.coap.LinkFormat;

/// Which responder answers which exact path. Immutable; a reload makes another one.
public final class CoapRoutes {
  /// Where clients find everything else (RFC 6690 §4).
  static final String DISCOVERY = "/.well-known/core";

  /// One resource.
  record Target(Route route, CoapResponder responder) {}

  private final Map<String, Target> targets = new LinkedHashMap<>();

  /// The routes of all `responders`.
  ///
  /// @throws IllegalStateException if two want the same path
  public CoapRoutes(List<CoapResponder> responders) {
    for (CoapResponder responder : responders) {
      for (Route route : responder.routes()) {
        if (targets.put(route.path(), new Target(route, responder)) != null) {
          throw new IllegalStateException("two responders answer " + route.path());
        }
      }
    }
  }

  Optional<Target> find(String path) {
    return Optional.ofNullable(targets.get(path));
  }

  /// The resources that match all `queries`, such as `rt=ace.est*`, in link format (RFC 6690).
  String links(List<String> queries) {
    Set<WebLink> links = new LinkedHashSet<>();
    for (Target target : targets.values()) {
      WebLink link = new WebLink(target.route().path());
      link.getAttributes().addResourceType(target.route().resourceType());
      target.route().contentFormats().forEach(link.getAttributes()::addContentType);
      if (LinkFormat.matches(link, queries)) {
        links.add(link);
      }
    }
    return LinkFormat.serialize(links);
  }
}
