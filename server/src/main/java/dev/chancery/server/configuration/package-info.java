/// `chancery.yaml`: one table declares every setting; the file as written becomes, if it is sound,
/// the [dev.chancery.server.configuration.Configuration] that the server works with.
@NullMarked
package dev.chancery.server.configuration;

import org.jspecify.annotations.NullMarked;
