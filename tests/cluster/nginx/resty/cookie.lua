-- The cookie of a sticky client: read from the request, set in the response.
local Cookie = {}
Cookie.__index = Cookie

function Cookie.new()
  return setmetatable({}, Cookie)
end

function Cookie.get(_, name)
  return ngx.var["cookie_" .. name]
end

function Cookie.set(_, cookie)
  local parts = { cookie.key .. "=" .. cookie.value }
  local function add(attribute, value)
    if value == true then
      parts[#parts + 1] = attribute
    elseif value then
      parts[#parts + 1] = attribute .. "=" .. value
    end
  end
  add("Path", cookie.path)
  add("Domain", cookie.domain)
  add("Expires", cookie.expires)
  add("Max-Age", cookie.max_age)
  add("SameSite", cookie.samesite)
  add("Secure", cookie.secure)
  add("HttpOnly", cookie.httponly)
  ngx.header["Set-Cookie"] = table.concat(parts, "; ")
  return true
end

return Cookie
