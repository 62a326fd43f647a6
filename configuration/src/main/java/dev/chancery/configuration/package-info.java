/// Settings as tables: what may stand in a YAML file is declared once
/// ([dev.chancery.configuration.Declared], [dev.chancery.configuration.Kind]); the file as written
/// ([dev.chancery.configuration.Written]) is read by it, everything that is wrong is found in one
/// pass ([dev.chancery.configuration.Problem]), and the reference is made from it
/// ([dev.chancery.configuration.ReferenceTables]). Which settings there are, the server and the
/// agent say each for itself.
@NullMarked
package dev.chancery.configuration;

import org.jspecify.annotations.NullMarked;
