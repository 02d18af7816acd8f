"""A module."""
import helper_mod
from helper_mod import scale, Thing, CONST
import helper_mod as hm
print(helper_mod.scale(2), scale(3, factor=4), CONST, hm.CONST, helper_mod.default_list)
t = Thing(5)
print(t.double(), t.value, isinstance(t, helper_mod.Thing))
for i, v in helper_mod.pairs(3):
    print(i, v)
