-- Stands in for what this bench does without: OCSP (http), global rate limits (global_throttle, ipmatcher), ewma (lock) and
-- ExternalName (dns.resolver). ingress-nginx loads them all when it starts; who uses one gets an error.
local function refuse()
  return nil, "not on this bench"
end
local absent = setmetatable({}, {
  __index = function()
    return refuse
  end,
})
return setmetatable({
  new = function()
    return absent
  end,
}, getmetatable(absent))
