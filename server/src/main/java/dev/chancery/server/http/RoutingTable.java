package dev.chancery.server.http;

import dev.chancery.transport.Method;
import dev.chancery.transport.Responder;
import dev.chancery.transport.Responder.Channel;
import dev.chancery.transport.Responder.Route;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Which responder answers which path: an exact one, or any in a folder if the route's path ends
/// with `/*`. Immutable; a reload makes another one.
public final class RoutingTable {
  /// One path.
  record Target(Route route, Responder responder) {
    /// GET routes answer HEAD too (EST-025).
    boolean answers(Method method) {
      return route.methods().contains(method)
          || (method == Method.HEAD && route.methods().contains(Method.GET));
    }

    /// The value of `Allow`.
    String allow() {
      List<Method> methods = new ArrayList<>(route.methods());
      if (methods.contains(Method.GET) && !methods.contains(Method.HEAD)) {
        methods.add(methods.indexOf(Method.GET) + 1, Method.HEAD);
      }
      return methods.stream().map(Method::name).collect(Collectors.joining(", "));
    }
  }

  private final Map<String, Target> targets = new HashMap<>();

  /// The table of all routes of `responders`.
  ///
  /// @throws IllegalStateException if two want the same path
  public RoutingTable(List<Responder> responders) {
    for (Responder responder : responders) {
      for (Route route : responder.routes()) {
        if (targets.put(route.path(), new Target(route, responder)) != null) {
          throw new IllegalStateException("two responders answer " + route.path());
        }
      }
    }
  }

  /// Who answers `path` on a listener; a route for TLS only does not exist on another (EST-001).
  Optional<Target> find(String path, boolean tls) {
    return Optional.ofNullable(targets.get(path))
        .or(() -> Optional.ofNullable(targets.get(folderOf(path) + "*")))
        .filter(target -> tls || target.route().channel() == Channel.ANY);
  }

  private static String folderOf(String path) {
    return path.substring(0, path.lastIndexOf('/') + 1);
  }
}
