internal import Monitoring
internal import Redis

/// The functions that run inside of the server, in one library.
///
/// They check all that they are given before their first write, because Redis does not roll back. All are flagged
/// `allow-oom`: none of them adds jobs, and a full Redis must drain.
enum JobStreamFunctions {
    static let library = RedisFunctionLibrary(
        name: "tocsin_jobs",
        code: [common, leading, holding, ending, surveying].joined(separator: "\n")
    )

    /// The one group; its name is public.
    static let group = "monitors"
    /// The consumer that holds what was given back, so that a takeover can tell it from what a dead worker held.
    static let released = "released"
    /// The most ids in one call: Lua can't unpack many thousands, and nobody else is served meanwhile.
    static let batch = 500

    private static let common = """
        local GROUP = '\(group)'
        local RELEASED = '\(released)'
        -- The field, beside that of a job's crashes, which says that it runs with nothing beside it.
        local ALONE = ':alone'

        -- A reply, or nil where there is no stream or no group yet.
        local function ask(...)
            local reply = redis.pcall(...)
            if type(reply) == 'table' and reply.err then
                if string.find(reply.err, 'NOGROUP', 1, true) or string.find(reply.err, 'no such key', 1, true) then
                    return nil
                end
                error(reply)
            end
            return reply
        end

        -- What XINFO says, by name.
        local function named(flat)
            local result = {}
            for i = 1, #flat, 2 do result[flat[i]] = flat[i + 1] end
            return result
        end

        local function group_of(stream)
            for _, flat in ipairs(ask('XINFO', 'GROUPS', stream) or {}) do
                local group = named(flat)
                if group.name == GROUP then return group end
            end
            return nil
        end

        local function exists(stream, id)
            return #redis.call('XRANGE', stream, id, id) == 1
        end

        local function is_id(text)
            return string.find(text, '^%d+%-%d+$') ~= nil and #text <= 34
        end

        -- Those of args[first...] that are pending and the worker's.
        local function owned(stream, worker, args, first)
            local ids = {}
            for i = first, #args do
                if is_id(args[i]) then
                    local rows = ask('XPENDING', stream, GROUP, args[i], args[i], 1, worker)
                    if not rows then return {} end
                    if #rows == 1 then ids[#ids + 1] = args[i] end
                end
            end
            return ids
        end

        -- XCLAIM of ids to an owner, whatever their idle time. What is no longer in the stream is dropped on the way.
        local function give(stream, owner, ids, ...)
            local command = {'XCLAIM', stream, GROUP, owner, 0}
            for _, id in ipairs(ids) do command[#command + 1] = id end
            for _, option in ipairs({...}) do command[#command + 1] = option end
            return redis.call(unpack(command))
        end

        local function integer(number)
            return string.format('%.0f', number)
        end

        local function milliseconds()
            local time = redis.call('TIME')
            return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
        end

        -- The time that leases are measured in: the server's, corrected so that it never runs backwards. A step back, or
        -- a gap longer than a lease (the server was down, the host slept), leaves leases run out that nobody had a chance
        -- to renew: it opens a grace of one lease. So does a clock that was never read, because nobody knows since when.
        -- Returns the corrected time, the server's own, whether it is in the grace, whether it stepped back.
        local function read_clock(key, name, lease)
            local wall = milliseconds()
            local seen = redis.call('HMGET', key, name .. '.wall', name .. '.skew', name .. '.grace', name .. '.lease')
            local last = tonumber(seen[1] or '')
            local skew = tonumber(seen[2] or '') or 0
            local grace = tonumber(seen[3] or '') or 0
            lease = lease or tonumber(seen[4] or '')
            if not lease then return wall + skew, wall, false, false end
            local stepped = last ~= nil and wall < last
            if stepped then skew = skew + (last - wall) end
            if not last or stepped or wall - last > lease then grace = wall + skew + lease end
            if wall ~= last then
                redis.call('HSET', key, name .. '.wall', integer(wall), name .. '.skew', integer(skew),
                    name .. '.grace', integer(grace), name .. '.lease', integer(lease))
            end
            return wall + skew, wall, wall + skew < grace, stepped
        end
        """
}
