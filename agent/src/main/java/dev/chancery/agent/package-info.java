/// The client side that stays: enrols a machine or a Java program, renews before expiry, follows a
/// change of the CA, and never puts a bad certificate in the place of a good one. Start at
/// [dev.chancery.agent.Agent], which plans, and at `Turn`, which does the work for one certificate.
@NullMarked
package dev.chancery.agent;

import org.jspecify.annotations.NullMarked;
